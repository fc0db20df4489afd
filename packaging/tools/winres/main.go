// Command winres writes the resource object of one Windows program, for go
// build to link. It is a build tool and is handed to nobody.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"

	"lotse/packaging/windows"
)

func main() {
	var r windows.Resources
	flag.StringVar(&r.Name, "name", "", "the program's name")
	flag.StringVar(&r.File, "file", "", "the program's file name")
	flag.StringVar(&r.Company, "company", "Lotse", "who hands it out")
	number := flag.String("version", "0.0.0.0", "major.minor.patch.build")
	out := flag.String("out", "", "where to write, such as apps/master/rsrc_windows_amd64.syso")
	flag.Parse()
	if err := run(r, *number, *out); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run leaves the file alone when nothing changed, so that go build has nothing
// to do either.
func run(r windows.Resources, number, out string) error {
	if out == "" {
		return errors.New("winres: -out is missing")
	}
	var err error
	if r.Version, err = windows.ParseVersion(number); err != nil {
		return fmt.Errorf("winres: -version: %w", err)
	}
	var object bytes.Buffer
	if err := r.WriteObject(&object); err != nil {
		return err
	}
	if old, err := os.ReadFile(out); err == nil && bytes.Equal(old, object.Bytes()) {
		return nil
	}
	if err := os.WriteFile(out, object.Bytes(), 0o644); err != nil {
		return fmt.Errorf("winres: %w", err)
	}
	return nil
}
