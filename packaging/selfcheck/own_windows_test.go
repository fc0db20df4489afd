package selfcheck

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/windows"
)

func TestThisTestIsUnsigned(t *testing.T) {
	if _, err := own(); !errors.Is(err, ErrUnsigned) {
		t.Errorf("got %v, want %v", err, ErrUnsigned)
	}
}

// TestWindowsAndWeAgree asks Windows about whole and spoiled programs. Where
// Windows is Wine its word is weaker than it should be; what counts is that
// both together refuse what is spoiled and take what is whole.
func TestWindowsAndWeAgree(t *testing.T) {
	spoil := func(name string, at int) string {
		b := load(t, name)
		b[at] ^= 1
		f, err := os.CreateTemp("", "lotse-*.exe") //nolint:usetesting // Wine does not take folders of tests away
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.Write(b)
		if err = errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := os.Remove(f.Name()); err != nil {
				t.Log(err)
			}
		})
		return f.Name()
	}
	for _, row := range []struct {
		what, path string
		want       error
	}{
		{"whole", filepath.Join("testdata", "signed.exe"), nil},
		{"whole, P-256", filepath.Join("testdata", "signed-ec.exe"), nil},
		{"unsigned", filepath.Join("testdata", "unsigned.exe"), ErrUnsigned},
		{"code changed", spoil("signed.exe", 0x210), ErrAltered},
		{"header changed", spoil("signed.exe", 0x40), ErrAltered},
		{"signature changed", spoil("signed.exe", len(load(t, "signed.exe"))-40), ErrAltered},
		{"not there", filepath.Join("testdata", "nothing.exe"), ErrUnchecked},
	} {
		t.Logf("%s: the system says %v", row.what, trust(row.path))
		if _, err := File(row.path); !errors.Is(err, row.want) || (err == nil) != (row.want == nil) {
			t.Errorf("%s: got %v, want %v", row.what, err, row.want)
		}
	}
}

func TestWindowsWordOnOtherAuthoritiesDoesNotCount(t *testing.T) {
	for code, want := range map[windows.Handle]error{
		windows.CERT_E_UNTRUSTEDROOT: nil, windows.CERT_E_EXPIRED: nil, windows.CERT_E_CHAINING: nil,
		windows.TRUST_E_BAD_DIGEST: ErrAltered, windows.TRUST_E_NOSIGNATURE: ErrAltered, windows.CERT_E_REVOKED: ErrAltered,
		windows.TRUST_E_EXPLICIT_DISTRUST: ErrAltered,
	} {
		if err := verdict(windows.Errno(code)); !errors.Is(err, want) || (err == nil) != (want == nil) {
			t.Errorf("%#x: got %v, want %v", uint32(code), err, want)
		}
	}
	if err := verdict(nil); err != nil {
		t.Error(err)
	}
}
