package main

import (
	"io"
	"os"
)

// tapeVariable names a file that gets every byte of every frame behind TLS. A
// development build uses it, so that a test can search what a relay sees; any
// other build refuses to start with it.
const tapeVariable = "LOTSE_RELAY_TAPE"

// tape is the open file, or none.
type tape struct{ file *os.File }

func (t tape) writer() io.Writer {
	if t.file == nil {
		return nil
	}
	return t.file
}

func (t tape) close() error {
	if t.file == nil {
		return nil
	}
	return t.file.Close()
}
