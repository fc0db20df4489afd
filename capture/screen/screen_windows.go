package screen

import "lotse/capture"

func displays() ([]capture.Display, error) {
	api, err := loadGDI()
	if err != nil {
		return nil, err
	}
	return api.displays()
}

func listWindows() ([]capture.Window, error) { return nil, ErrUnsupported }

func open(t Target, o Options) (Source, error) {
	if o.Portable {
		return openPortable(t)
	}
	return openGDI(t)
}
