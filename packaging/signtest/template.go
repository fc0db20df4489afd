package signtest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"golang.org/x/mod/sumdb/note"

	ournote "lotse/crypto/note"
	"lotse/packaging/profile"
)

// Build builds a program of ours as it is handed out, without a C compiler where
// env says nothing else: the customer's with Windows' own window, lotse-pack, or
// lotse-sign. It returns the file's name.
func Build(ctx context.Context, dir, system, app string, env ...string) (string, error) {
	file := filepath.Join(dir, app+"-"+system)
	if system == "windows" {
		file += ".exe"
	}
	build := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-trimpath", "-ldflags", "-s -w", "-tags", "nogl", "-o", file, "lotse/apps/"+app) //nolint:gosec // of this tree
	build.Env = append(append(os.Environ(), "CGO_ENABLED=0", "GOARCH=amd64", "GOFLAGS=", "GOOS="+system), env...)
	if said, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("signtest: build %s for %s: %w: %s", app, system, err, said)
	}
	return file, nil
}

// AsMaster returns a participant that says it is a master: one is made without
// a C compiler, the other is not.
func AsMaster(program []byte) ([]byte, error) {
	before, after := []byte("path\tlotse/apps/participant\nmod\tlotse\t(devel)\t\n"), []byte("path\tlotse/apps/master\nmod\tlotse\t(devel)12345\t\n")
	if !bytes.Contains(program, before) || len(before) != len(after) {
		return nil, errors.New("signtest: no participant")
	}
	return bytes.ReplaceAll(program, before, after), nil
}

// Older returns the program as one of version 0.0.9, which is what it then acts
// on.
func Older(program []byte) ([]byte, error) {
	const older = "0.0.9"
	mark := []byte("NOISREV ESTOL\xe2\x1d\x9c" + profile.Version)
	if n := bytes.Count(program, mark); n != 1 || len(older) != len(profile.Version) {
		return nil, fmt.Errorf("signtest: the program says %d times which version it is", n)
	}
	out := slices.Clone(program)
	copy(out[bytes.Index(out, mark)+len(mark)-len(older):], older)
	return out, nil
}

// Carry returns a program whose slots hold an issuer and a note with the sum
// that a slot wants, whatever the note says: what somebody could write who does
// not ask lotse-pack. What signs it no longer fits.
func Carry(program []byte, issuer string, note []byte) ([]byte, error) {
	const magic = 16
	content := append([]byte(issuer+"\n\n"), note...)
	sum := sha256.Sum256(content)
	slot := binary.BigEndian.AppendUint32(profile.EmptySlot()[:magic+4], uint32(len(content)))
	slot = append(append(slot, sum[:]...), content...)
	at := profile.FindSlots(program)
	if len(slot) > profile.SlotSize || len(at) == 0 {
		return nil, fmt.Errorf("signtest: %d bytes for %d slots", len(slot), len(at))
	}
	slot = append(slot, make([]byte, profile.SlotSize-len(slot))...)
	out := slices.Clone(program)
	for _, from := range at {
		copy(out[from:], slot)
	}
	return out, nil
}

// Guarded returns a signed profile that has one field more, which says no: the
// issuer's own key signs what lotse-pack does not.
func Guarded(signed []byte, verifier, field string, by note.Signer) ([]byte, error) {
	text, _, err := profile.Open(signed, []string{verifier})
	if err != nil {
		return nil, fmt.Errorf("signtest: %w", err)
	}
	rest, ok := bytes.CutPrefix(text, []byte("{"))
	if !ok {
		return nil, errors.New("signtest: no JSON object")
	}
	out, err := ournote.SignWith("profile", fmt.Appendf(nil, "{%q: false,%s", field, rest), by)
	if err != nil {
		return nil, fmt.Errorf("signtest: %w", err)
	}
	return out, nil
}
