// Package sbom lists what a finished program was built from (CycloneDX 1.6): it
// reads the file itself, so that the list is that of this file and not of what
// somebody meant to build.
package sbom

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"

	"lotse/packaging/profile"
)

// ErrProgram says that a file does not say what it was built from.
var ErrProgram = errors.New("sbom: the file does not say what it was built from")

// Of returns the list for a file in JSON: for a program, or for what the
// programs for several processors are packed in. It has the version that the
// programs themselves say, if they say one. The same file gives the same bytes:
// there is no time in it, and its number is made from the file's hash.
func Of(file []byte, name string, programs ...[]byte) ([]byte, error) {
	if len(programs) == 0 {
		return nil, ErrProgram
	}
	var version string
	var parts []cdx.Component
	var built []cdx.Property
	for _, program := range programs {
		info, err := buildinfo.Read(bytes.NewReader(program))
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrProgram, err)
		}
		if version, err = profile.VersionOf(program); err != nil {
			version = "" // another program of Go's
		}
		parts, built = append(parts, components(info)...), append(built, settings(info)...)
	}
	sum := sha256.Sum256(file)
	bom := cdx.NewBOM()
	bom.SerialNumber = urn(sum)
	root := cdx.Component{
		BOMRef: name, Type: cdx.ComponentTypeApplication, Name: name, Version: version,
		Hashes:     &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: hex.EncodeToString(sum[:])}},
		Properties: &built,
	}
	bom.Metadata = &cdx.Metadata{Component: &root}
	// What is in both of two programs is named once.
	slices.SortFunc(parts, func(a, b cdx.Component) int { return strings.Compare(a.BOMRef, b.BOMRef) })
	parts = slices.CompactFunc(parts, func(a, b cdx.Component) bool { return a.BOMRef == b.BOMRef })
	slices.SortFunc(built, func(a, b cdx.Property) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Value, b.Value))
	})
	built = slices.Compact(built)
	refs := make([]string, len(parts))
	for i, p := range parts {
		refs[i] = p.BOMRef
	}
	bom.Components = &parts
	bom.Dependencies = &[]cdx.Dependency{{Ref: name, Dependencies: &refs}}
	var out bytes.Buffer
	enc := cdx.NewBOMEncoder(&out, cdx.BOMFileFormatJSON)
	if err := enc.SetPretty(true).EncodeVersion(bom, cdx.SpecVersion1_6); err != nil {
		return nil, fmt.Errorf("sbom: %w", err)
	}
	return out.Bytes(), nil
}

// components are the modules of one program, and the standard library.
func components(info *debug.BuildInfo) []cdx.Component {
	parts := []cdx.Component{component("std", strings.TrimPrefix(info.GoVersion, "go"), "")}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		parts = append(parts, component(m.Path, m.Version, m.Sum))
	}
	return parts
}

// component is one module. Go's own checksum of it is no hash that CycloneDX
// knows, so it is a property.
func component(path, version, sum string) cdx.Component {
	purl := "pkg:golang/" + path + "@" + version
	c := cdx.Component{BOMRef: purl, Type: cdx.ComponentTypeLibrary, Name: path, Version: version, PackageURL: purl}
	if sum != "" {
		c.Properties = &[]cdx.Property{{Name: "go:sum", Value: sum}}
	}
	return c
}

// settings are how the program was built, as `go version -m` prints it.
func settings(info *debug.BuildInfo) []cdx.Property {
	out := []cdx.Property{{Name: "go:version", Value: info.GoVersion}, {Name: "go:path", Value: info.Path}}
	for _, s := range info.Settings {
		out = append(out, cdx.Property{Name: "go:build:" + s.Key, Value: s.Value})
	}
	return out
}

// urn is a number for the list, a UUID of version 8 (RFC 9562, 5.8) made from
// the file's hash.
func urn(sum [sha256.Size]byte) string {
	b := sum[:16]
	u := slices.Clone(b)
	u[6] = u[6]&0x0f | 0x80
	u[8] = u[8]&0x3f | 0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}
