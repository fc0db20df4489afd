package screen

import "lotse/capture"

func displays() ([]capture.Display, error) {
	api, err := loadGDI()
	if err != nil {
		return nil, err
	}
	return api.displays()
}

func open(t Target, o Options) (Source, error) {
	switch {
	case o.Portable:
		return openPortable(t)
	case t.Kind == Window:
		return openGDIWindow(t)
	}
	return openDXGI(t)
}
