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

func listWindows() ([]capture.Window, error) { return nil, ErrUnsupported }

func open(t Target, o Options) (Source, error) {
	if o.Portable {
		return openPortable(t)
	}
	return openSCK(t)
}
