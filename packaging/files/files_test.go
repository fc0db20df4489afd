package files

import (
	"os"
	"path/filepath"
	"testing"

	"lotse/packaging/signtest"
)

func write(t *testing.T, content []byte) (name string) {
	t.Helper()
	name = filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestReadStopsAtItsBound(t *testing.T) {
	name := write(t, []byte("four"))
	for most, want := range map[int64]string{3: "", 4: "four", 5: "four"} {
		b, err := Read(name, most)
		if string(b) != want || (err == nil) != (want != "") {
			t.Errorf("at most %d: got %q, %v, want %q", most, b, err, want)
		}
	}
	if _, err := Read(filepath.Dir(name), 4); err == nil {
		t.Error("a folder was read")
	}
}

// What else lies in the file, such as a key, is passed over.
func TestCertificatesAreThoseOfTheFile(t *testing.T) {
	ca, err := signtest.New("authority")
	if err != nil {
		t.Fatal(err)
	}
	key, err := signtest.EC()
	if err != nil {
		t.Fatal(err)
	}
	both, err := signtest.PEM(key, ca.Certificate, ca.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	alone, err := signtest.PEM(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		content []byte
		want    int
	}{
		"a key and two":   {both, 2},
		"a key alone":     {alone, 0},
		"nothing":         {nil, 0},
		"none in its PEM": {[]byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), 0},
	} {
		got, err := Certificates(write(t, row.content))
		if len(got) != row.want || (err == nil) != (row.want > 0) {
			t.Errorf("%s: got %d, %v, want %d", name, len(got), err, row.want)
		}
	}
}
