//go:build !unix

package main

import "math"

// openFiles is unlimited where the system sets no limit.
func openFiles() uint64 { return math.MaxUint64 }
