package elevation

import (
	"errors"
	"strings"
	"testing"
)

func TestArgumentNamesAPipeOfThisComputer(t *testing.T) {
	got, err := pipeName("-take-over=000102030405060708090a0b0c0d0eff")
	if want := `\\.\pipe\lotse-000102030405060708090a0b0c0d0eff`; got != want || err != nil {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

func TestNewArgumentIsNeverTheSame(t *testing.T) {
	one, err := newArgument()
	if err != nil {
		t.Fatal(err)
	}
	other, err := newArgument()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pipeName(one); err != nil || one == other || !IsArgument(one) {
		t.Errorf("got %q and %q, %v, want two different ones that can be read", one, other, err)
	}
}

func TestArgumentsThatNameNoPipeAreRefused(t *testing.T) {
	const good = "-take-over=000102030405060708090a0b0c0d0eff"
	bad := []string{
		good + "00", strings.ToUpper(good), "-take-over=000102030405060708090A0B0C0D0EFF", good[1:], " " + good,
		`-take-over=..\..\..\..\server\pipe\0000`, "-take-over=" + strings.Repeat("g", 32), strings.Repeat(good, 1000),
	}
	for i := range good {
		bad = append(bad, good[:i])
	}
	for _, in := range bad {
		if got, err := pipeName(in); !errors.Is(err, ErrArgument) || got != "" {
			t.Errorf("%.60q: got %q, %v, want %v", in, got, err, ErrArgument)
		}
		if got, err := Join(in); !errors.Is(err, ErrArgument) || got != nil {
			t.Errorf("%.60q: got %v, %v, want %v", in, got, err, ErrArgument)
		}
	}
}

func FuzzPipeName(f *testing.F) {
	f.Add("-take-over=000102030405060708090a0b0c0d0eff")
	f.Add("-take-over=")
	f.Fuzz(func(t *testing.T, in string) {
		got, err := pipeName(in)
		if err == nil && flag+strings.TrimPrefix(got, folder) != in {
			t.Errorf("got %q of %q", got, in)
		}
	})
}
