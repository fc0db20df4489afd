package sign

import (
	"context"
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"lotse/crypto/secret"
	"lotse/packaging/authenticode"
	"lotse/packaging/cms"
	"lotse/packaging/signer"
	"lotse/packaging/signtest"
)

// built is a real program to sign, made by the first test that wants one.
var built struct {
	sync.Once

	program []byte
	err     error
}

func program(tb testing.TB) []byte {
	tb.Helper()
	built.Do(func() {
		var file string
		if file, built.err = signtest.Build(tb.Context(), tb.TempDir(), "windows", "participant"); built.err == nil {
			built.program, built.err = os.ReadFile(file)
		}
	})
	if built.err != nil {
		tb.Fatal(built.err)
	}
	return built.program
}

// world is an authority, a signer whom it certified, and a stamper behind HTTP.
type world struct {
	ca      *signtest.Authority
	key     *Key
	stamper *signtest.Stamper
	client  *Stamper
}

func must[T any](tb testing.TB) func(T, error) T {
	tb.Helper()
	return func(v T, err error) T {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
		return v
	}
}

func newWorld(tb testing.TB, draw func() (crypto.Signer, error)) *world {
	tb.Helper()
	w := &world{ca: must[*signtest.Authority](tb)(signtest.New("authority"))}
	key := must[crypto.Signer](tb)(draw())
	w.key = &Key{Signer: key}
	leaf, err := w.ca.CodeSigner("Stadtwerke Musterhafen", key.Public())
	if err != nil {
		tb.Fatal(err)
	}
	w.key.Chain = append(w.key.Chain, leaf)
	w.stamper = must[*signtest.Stamper](tb)(w.ca.NewStamper())
	server := httptest.NewServer(w.stamper)
	tb.Cleanup(server.Close)
	w.client = &Stamper{URL: server.URL, Roots: w.ca.Pool()}
	return w
}

func TestSignedProgramVerifies(t *testing.T) {
	for name, draw := range map[string]func() (crypto.Signer, error){"RSA": signtest.RSA, "EC": signtest.EC} {
		w := newWorld(t, draw)
		in := program(t)
		out, err := Windows(t.Context(), in, w.key, "Musterhafen Hilfe", "https://musterhafen.example", w.client)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		s, err := authenticode.Verify(out, authenticode.Trust{Roots: w.ca.Pool()})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !s.Signer.Equal(w.key.Chain[0]) || time.Since(s.Time).Abs() > time.Minute || s.Stamper == nil {
			t.Errorf("%s: got %s at %v", name, s.Signer.Subject, s.Time)
		}
		before, _ := authenticode.Digest(in)
		if after, err := authenticode.Digest(out); err != nil || string(before) != string(after) {
			t.Errorf("%s: digest %x became %x, %v", name, before, after, err)
		}
		if _, err := Windows(t.Context(), out, w.key, "", "", w.client); !errors.Is(err, ErrInput) {
			t.Errorf("%s: signed twice: %v", name, err)
		}
	}
}

// A certificate that does not say that it is for code signs none.
func TestSignerOfCodeSaysSo(t *testing.T) {
	const servers = 1
	w := newWorld(t, signtest.EC)
	other := must[pkix.Extension](t)(signtest.Usage(false, servers))
	for name, extensions := range map[string][]pkix.Extension{"no word on its use": nil, "for servers": {other}} {
		leaf := must[*x509.Certificate](t)(w.ca.Holder("Stadtwerke Musterhafen", w.key.Signer.Public(), extensions...))
		out, err := Windows(t.Context(), program(t), &Key{Signer: w.key.Signer, Chain: []*x509.Certificate{leaf}}, "", "", w.client)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := authenticode.Verify(out, authenticode.Trust{Roots: w.ca.Pool()}); !errors.Is(err, cms.ErrChain) {
			t.Errorf("%s: got %v, want %v", name, err, cms.ErrChain)
		}
	}
}

func TestNoStampNoFile(t *testing.T) {
	w := newWorld(t, signtest.EC)
	dir := t.TempDir()
	in, key := filepath.Join(dir, "in.exe"), filepath.Join(dir, "key.pem")
	pem := must[[]byte](t)(signtest.PEM(w.key.Signer, w.key.Chain...))
	if err := errors.Join(os.WriteFile(in, program(t), 0o600), os.WriteFile(key, pem, 0o600)); err != nil {
		t.Fatal(err)
	}
	roots := filepath.Join(dir, "roots.pem")
	if err := os.WriteFile(roots, must[[]byte](t)(signtest.PEM(nil, w.ca.Certificate)), 0o600); err != nil {
		t.Fatal(err)
	}
	stranger := must[*signtest.Authority](t)(signtest.New("stranger"))
	strangers := must[*signtest.Stamper](t)(stranger.NewStamper())
	answers := map[string]http.Handler{
		"refusal":   http.NotFoundHandler(),
		"nonsense":  answer("application/timestamp-reply", []byte("\x30\x03\x02\x01\x00")),
		"too long":  answer("application/timestamp-reply", make([]byte, 70<<10)),
		"html":      answer("text/html", []byte("<html>log in</html>")),
		"redirect":  http.RedirectHandler(w.client.URL, http.StatusTemporaryRedirect),
		"stranger":  strangers,
		"nonce":     spoilt(t, w, func(s *signtest.Stamp) { s.Nonce.Add(s.Nonce, s.Nonce) }),
		"no nonce":  spoilt(t, w, func(s *signtest.Stamp) { s.Nonce = nil }),
		"hash":      spoilt(t, w, func(s *signtest.Stamp) { s.HashedMessage[3] ^= 1 }),
		"the clock": spoilt(t, w, func(s *signtest.Stamp) { s.Time = s.Time.AddDate(0, 1, 0) }),
		"no signer": spoilt(t, w, func(s *signtest.Stamp) { s.AddTSACertificate = false }),
	}
	for name, handler := range answers {
		server := httptest.NewServer(handler)
		out := filepath.Join(dir, "out.exe")
		request := signer.Request{Op: signer.SignWindows, Key: signer.Key{File: key}, In: in, Out: out, Stamp: server.URL, StampRoots: roots}
		_, err := do(t.Context(), request)
		server.Close()
		if why(err) != signer.WhyStamp {
			t.Errorf("%s: got %v", name, err)
		}
		if _, err := os.Stat(out); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: a file was written", name)
		}
	}
	// The same with the right one: so the rows above fail for what they say.
	request := signer.Request{Op: signer.SignWindows, Key: signer.Key{File: key}, In: in, Out: filepath.Join(dir, "out.exe"), Stamp: w.client.URL, StampRoots: roots}
	if _, err := do(t.Context(), request); err != nil {
		t.Error(err)
	}
}

func answer(kind string, body []byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		_, _ = w.Write(body)
	})
}

func spoilt(tb testing.TB, w *world, spoil func(*signtest.Stamp)) http.Handler {
	tb.Helper()
	s := must[*signtest.Stamper](tb)(w.ca.NewStamper())
	s.Spoil = spoil
	return s
}

// A master's licence is in what is signed; whose file it becomes is
// lotse-pack's affair.
func TestSignedFilesAreForTheirOwnerAlone(t *testing.T) {
	file := filepath.Join(t.TempDir(), "signed.exe")
	if err := writeNew(file, []byte("MZ")); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got %v, %v", info.Mode(), err)
	}
	if err := writeNew(file, nil); !errors.Is(err, ErrInput) {
		t.Errorf("over a file that is there: got %v, want %v", err, ErrInput)
	}
}

func TestKeysOpen(t *testing.T) {
	w := newWorld(t, signtest.RSA)
	dir := t.TempDir()
	file := func(name string, b []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	leaf, root := w.key.Chain[0], w.ca.Certificate
	pem := file("all.pem", must[[]byte](t)(signtest.PEM(w.key.Signer, root, leaf)))
	bare := file("bare.pem", must[[]byte](t)(signtest.PEM(w.key.Signer)))
	chain := file("chain.pem", must[[]byte](t)(signtest.PEM(nil, leaf, root)))
	roots := file("root.pem", must[[]byte](t)(signtest.PEM(nil, root)))
	p12 := file("key.p12", must[[]byte](t)(pkcs12.Modern.Encode(w.key.Signer, leaf, nil, "correct horse")))
	for name, row := range map[string]struct {
		key signer.Key
		ok  bool
	}{
		"PEM":                      {signer.Key{File: pem}, true},
		"PEM and chain":            {signer.Key{File: bare, Certificates: chain}, true},
		"PEM alone":                {signer.Key{File: bare}, false},
		"PEM and another's":        {signer.Key{File: bare, Certificates: roots}, false},
		"PKCS#12":                  {signer.Key{File: p12, Password: signer.Password{Text: secret.Text("correct horse")}}, true},
		"PKCS#12, wrong password":  {signer.Key{File: p12, Password: signer.Password{Text: secret.Text("battery")}}, false},
		"no key":                   {signer.Key{File: chain}, false},
		"two keys":                 {signer.Key{File: file("two.pem", append(must[[]byte](t)(os.ReadFile(pem)), must[[]byte](t)(os.ReadFile(bare))...))}, false},
		"nothing":                  {signer.Key{File: file("empty", nil)}, false},
		"no file":                  {signer.Key{File: filepath.Join(dir, "none")}, false},
		"encrypted PEM":            {signer.Key{File: file("enc.pem", []byte("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"))}, false},
		"a file and a module":      {signer.Key{File: pem, Module: "x"}, false},
		"neither file nor module":  {signer.Key{}, false},
		"a module that is no such": {signer.Key{Module: pem, Label: "x"}, false},
	} {
		k, err := Open(row.key)
		if (err == nil) != row.ok {
			t.Errorf("%s: got %v", name, err)
		}
		if err == nil && (len(k.Chain) != 1 || !k.Chain[0].Equal(leaf)) {
			t.Errorf("%s: got a chain of %d", name, len(k.Chain))
		}
	}
}

func BenchmarkSignWithStamp(b *testing.B) {
	w := newWorld(b, signtest.RSA)
	in := program(b)
	b.SetBytes(int64(len(in)))
	for b.Loop() {
		if _, err := Windows(context.WithoutCancel(b.Context()), in, w.key, "x", "", w.client); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	w := newWorld(b, signtest.RSA)
	out, err := Windows(b.Context(), program(b), w.key, "x", "", w.client)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(out)))
	for b.Loop() {
		if _, err := authenticode.Verify(out, authenticode.Trust{Roots: w.ca.Pool()}); err != nil {
			b.Fatal(err)
		}
	}
}
