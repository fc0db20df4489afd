// Package sbom lists what a finished program was built from (CycloneDX 1.6): it
// reads the file itself, so that the list is that of this file and not of what
// somebody meant to build.
package sbom

import (
	"bytes"
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

// Of returns the list for a program in JSON, with the version that the program
// itself says, if it says one. The same file gives the same bytes: there is no
// time in it, and its number is made from the file's hash.
func Of(program []byte, name string) ([]byte, error) {
	info, err := buildinfo.Read(bytes.NewReader(program))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrProgram, err)
	}
	version, err := profile.VersionOf(program)
	if err != nil {
		version = "" // another program of Go's
	}
	sum := sha256.Sum256(program)
	bom := cdx.NewBOM()
	bom.SerialNumber = urn(sum)
	root := cdx.Component{
		BOMRef: name, Type: cdx.ComponentTypeApplication, Name: name, Version: version,
		Hashes:     &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: hex.EncodeToString(sum[:])}},
		Properties: settings(info),
	}
	bom.Metadata = &cdx.Metadata{Component: &root}
	parts := []cdx.Component{component("std", strings.TrimPrefix(info.GoVersion, "go"), "")}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		parts = append(parts, component(m.Path, m.Version, m.Sum))
	}
	slices.SortFunc(parts, func(a, b cdx.Component) int { return strings.Compare(a.BOMRef, b.BOMRef) })
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
func settings(info *debug.BuildInfo) *[]cdx.Property {
	out := []cdx.Property{{Name: "go:version", Value: info.GoVersion}, {Name: "go:path", Value: info.Path}}
	for _, s := range info.Settings {
		out = append(out, cdx.Property{Name: "go:build:" + s.Key, Value: s.Value})
	}
	return &out
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
