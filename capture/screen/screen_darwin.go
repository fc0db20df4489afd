package screen

import "lotse/capture"

func displays() ([]capture.Display, error) {
	q, err := loadQuartz()
	if err != nil {
		return nil, err
	}
	all, err := q.monitors()
	if err != nil {
		return nil, err
	}
	return numbered(all), nil
}

func open(t Target, o Options) (Source, error) {
	switch {
	case o.Portable:
		return openPortable(t)
	case t.Kind == Window:
		return openSCKWindow(t)
	}
	return openSCK(t)
}
