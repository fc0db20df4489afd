//go:build linux

package stage

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"lotse/crypto/note"
	"lotse/crypto/secret"
	"lotse/packaging/profile"
	"lotse/packaging/signtest"
)

// Office is an IT department: its keys and certificates in a folder, its
// certification and time-stamping authorities, and lotse-pack. All of it is
// made anew and worth nothing elsewhere.
type Office struct {
	// Dir is the folder.
	Dir string
	// Pack is lotse-pack; lotse-sign lies beside it.
	Pack string
	// Stamp is the address of the time-stamping authority.
	Stamp string

	server    *http.Server
	licensing secret.Text // the key of who issues licences
}

// Open makes an office in dir: root.pem, signer.pem, key.pem, issuer,
// issuer.pub and licence-issuer.pub. It has to be closed.
func Open(ctx context.Context, pack, dir, organisation string) (*Office, error) {
	o := &Office{Dir: dir, Pack: pack}
	ca, err := signtest.New(organisation)
	if err != nil {
		return nil, err //nolint:wrapcheck // says what it is
	}
	key, err := signtest.RSA()
	if err != nil {
		return nil, err //nolint:wrapcheck // says what it is
	}
	leaf, err := ca.CodeSigner(organisation, key.Public())
	if err != nil {
		return nil, err //nolint:wrapcheck // says what it is
	}
	root, err1 := signtest.PEM(nil, ca.Certificate)
	certificate, err2 := signtest.PEM(nil, leaf)
	private, err3 := signtest.PEM(key, leaf)
	stamper, err4 := ca.NewStamper()
	if err := errors.Join(err1, err2, err3, err4, o.Write("root.pem", root), o.Write("signer.pem", certificate), o.Write("key.pem", private)); err != nil {
		return nil, err
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("stage: %w", err)
	}
	const patience = 10 * time.Second
	o.server = &http.Server{Handler: stamper, ReadHeaderTimeout: patience}
	o.Stamp = "http://" + l.Addr().String()
	go func() { quiet(o.server.Serve(l)) }()
	if _, err = o.Run(ctx, "keys", "new", "-name", "musterhafen", "-out", o.Path("issuer")); err != nil {
		return nil, err
	}
	var verifier string
	if o.licensing, verifier, err = note.GenerateKey("stage"); err != nil {
		return nil, err //nolint:wrapcheck // says what it is
	}
	return o, o.Write(licenceIssuer, []byte(verifier+"\n"))
}

// Close ends the time-stamping authority.
func (o *Office) Close() { quiet(o.server.Close()) }

// Path returns a file in the folder.
func (o *Office) Path(name string) string { return filepath.Join(o.Dir, name) }

// Write writes a file into the folder.
func (o *Office) Write(name string, b []byte) error {
	if err := os.WriteFile(o.Path(name), b, 0o600); err != nil {
		return fmt.Errorf("stage: %w", err)
	}
	return nil
}

// Run runs lotse-pack and returns what it printed.
func (o *Office) Run(ctx context.Context, args ...string) (string, error) {
	return output(ctx, nil, o.Pack, args...)
}

// Profile writes a profile into the folder: the example of packaging/brands,
// changed.
func (o *Office) Profile(example, name string, change func(map[string]any)) error {
	b, err := os.ReadFile(example)
	if err != nil {
		return fmt.Errorf("stage: %w", err)
	}
	var document map[string]any
	if err := json.Unmarshal(b, &document); err != nil {
		return fmt.Errorf("stage: %w", err)
	}
	change(document)
	if b, err = json.Marshal(document); err != nil {
		return fmt.Errorf("stage: %w", err)
	}
	return o.Write(name, b)
}

// Sign signs a profile of the folder, which then names the office's key for
// code; the signed one is called NAME.profile.
func (o *Office) Sign(ctx context.Context, name string, more ...string) error {
	_, err := o.Run(ctx, append([]string{
		"profile", "sign", "-in", o.Path(name), "-issuer-key", o.Path("issuer"), "-out", o.Path(name + ".profile"), "-force",
		"-signer-certificate", o.Path("signer.pem"), "-licence-issuer", o.Path(licenceIssuer),
	}, more...)...)
	return err
}

// Make brands a template with a profile of the folder, signs and verifies it.
// It returns lotse-pack's answer in JSON.
func (o *Office) Make(ctx context.Context, template, name, out string, more ...string) (string, error) {
	return o.Run(ctx, append([]string{
		"make", "-json", "-force", "-template", template, "-profile", o.Path(name + ".profile"), "-issuer", o.Path("issuer.pub"), "-out", out,
		"-key", o.Path("key.pem"), "-stamp", o.Stamp, "-roots", o.Path("root.pem"),
	}, more...)...)
}

// Verify has lotse-pack read a program back.
func (o *Office) Verify(ctx context.Context, file string, more ...string) error {
	_, err := o.Run(ctx, append([]string{
		"verify", "-in", file, "-issuer", o.Path("issuer.pub"), "-roots", o.Path("root.pem"),
	}, more...)...)
	return err
}

// Osslsigncode has a program of somebody else's look at the signature.
func (o *Office) Osslsigncode(ctx context.Context, file string) (string, error) {
	return output(ctx, nil, "osslsigncode", "verify", "-in", file, "-CAfile", o.Path("root.pem"), "-TSA-CAfile", o.Path("root.pem"))
}

// Roots returns the office's certification authority.
func (o *Office) Roots() (*x509.CertPool, error) {
	b, err := os.ReadFile(o.Path("root.pem"))
	if err != nil {
		return nil, fmt.Errorf("stage: %w", err)
	}
	p := x509.NewCertPool()
	p.AppendCertsFromPEM(b)
	return p, nil
}

// licenceIssuer is the file with the verifier key of who issues licences.
const licenceIssuer = "licence-issuer.pub"

// Licence issues a licence for a master, by an issuer whom no relay knows, and
// returns its file; the master's key lies beside it.
func (o *Office) Licence() (string, error) {
	public, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return "", fmt.Errorf("stage: %w", err)
	}
	number := profile.NewNumber("482139027")
	signed, err := profile.IssueLicence(profile.LicenceFacts{
		Number: number, Organisation: "Stadtwerke Musterhafen", Name: "Beratung", ModuleKey: public, MaxMembers: 5,
		NotAfter: time.Now().AddDate(1, 0, 0).Unix(),
	}, o.licensing)
	if err != nil {
		return "", err //nolint:wrapcheck // says what it is
	}
	private, err := signtest.PEM(key)
	return o.Path(number + ".licence"), errors.Join(err, o.Write(number+".licence", signed), o.Write(number+".key", private))
}

// RelayLicence has a relay issue a licence for a master, and returns its file;
// from then on profiles name the relay as who issues them.
// The relay starts again, for it looks at its start whose licences it takes.
func (o *Office) RelayLicence(ctx context.Context, r *Relay) (string, error) {
	out, err := output(ctx, nil, r.program, "licence", "new", "-state", r.State, "-organisation", "Stadtwerke Musterhafen", "-name", "Beratung", "-out", o.Dir)
	if err != nil {
		return "", err
	}
	number, _, _ := strings.Cut(out, "\n")
	issuer, err := output(ctx, nil, r.program, "licence", "issuer", "-state", r.State)
	if err = errors.Join(err, o.Write(licenceIssuer, []byte(issuer))); err != nil {
		return "", err
	}
	quiet(r.Stop())
	return o.Path(number + ".licence"), r.Restart(ctx)
}
