package pack

import (
	"context"
	"fmt"
	"path/filepath"

	"lotse/packaging/sbom"
)

// listOf is the file with what a program was built from.
func listOf(program string) string { return program + ".cdx.json" }

func writeSBOM(ctx context.Context, in, out string, force bool) error {
	program, err := readProgram(in)
	if err != nil {
		return err
	}
	all, err := slicesOf(program)
	if err != nil {
		return fmt.Errorf("pack: %s: %w", in, err)
	}
	b, err := sbom.Of(program, filepath.Base(in), all...)
	if err != nil {
		return err //nolint:wrapcheck // says what is the matter
	}
	return writeFile(ctx, out, b, publicMode, force)
}

func runSBOM(ctx context.Context, c *call) (result, error) {
	in := c.flags.String("in", "", "the program, or a bundle's ZIP file")
	out := c.flags.String("out", "", "file for the list; without it, the program's name with .cdx.json behind it")
	force := c.flags.Bool("force", false, "replace the file")
	if err := c.parse("in"); err != nil {
		return result{}, err
	}
	if *out == "" {
		*out = listOf(*in)
	}
	if err := writeSBOM(ctx, *in, *out, *force); err != nil {
		return result{}, err
	}
	return result{*out + "\n", map[string]string{"file": *out}}, nil
}
