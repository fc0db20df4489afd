package codec

import "lotse/capture"

// finder finds what moved.
type finder struct{}

func (fi *finder) find(f *capture.Frame, seen []byte, t *tiles) []move { return nil }
