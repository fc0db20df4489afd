package screen

import "lotse/capture"

func displays() ([]capture.Display, error) {
	api, err := loadGDI()
	if err != nil {
		return nil, err
	}
	return api.displays()
}

func open(id uint32, o Options) (Source, error) {
	if o.Portable {
		return openPortable(id)
	}
	return openGDI(id)
}
