package input

func open() (Injector, error) { return nil, ErrUnsupported }
