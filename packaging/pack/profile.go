package pack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"lotse/packaging/brand"
	"lotse/packaging/profile"
)

func runTemplate(_ context.Context, c *call) (result, error) {
	in := c.flags.String("in", "", "the file to look at")
	if err := c.parse("in"); err != nil {
		return result{}, err
	}
	program, err := readProgram(*in)
	if err != nil {
		return result{}, err
	}
	t, err := lookAt(program)
	if err != nil {
		return result{}, err
	}
	carries := "nothing: a template"
	switch slot, err := carriedBy(program); {
	case err == nil:
		carries = "a profile that can't be read"
		if _, p, err := slot.Open(); err == nil {
			carries = fmt.Sprintf("profile %s, serial %d, of %s", p.ID, p.Serial, p.Organisation)
		}
	case !errors.Is(err, profile.ErrNone):
		return result{}, fmt.Errorf("pack: template: %w", err)
	}
	return result{
		fmt.Sprintf("%s for %s, version %s; carries %s\n", t.Edition, t.System, t.Version, carries),
		map[string]string{"edition": t.Edition.String(), "system": string(t.System), "version": t.Version, "carries": carries},
	}, nil
}

// starter is a profile to begin with; the address and the pin are nobody's.
const starter = `{
  "schema": 1,
  "id": %s,
  "serial": 1,
  "edition": %s,
  "organisation": %s,
  "name": %s,
  "texts": {
    "welcome": {
      "de": "Bitte geben Sie Nummer und PIN ein, die Ihnen am Telefon genannt werden.",
      "en": "Please enter the number and PIN that you are told on the phone."
    }
  },
  "relays": [
    {
      "addr": "relay.example.org:5000",
      "also": ["relay.example.org:443"],
      "region": "DE",
      "pins": ["%s"]
    }
  ]
}
`

// started is the starter with what is the organisation's own in it. A master's
// has no licence yet, so it is checked as a participant's.
func started(id, edition, organisation, name string) ([]byte, error) {
	const hashDigits = 64
	fill := func(edition string) []byte {
		return fmt.Appendf(nil, starter, quoted(id), quoted(edition), quoted(organisation), quoted(name), strings.Repeat("0", hashDigits))
	}
	participant := profile.ParticipantEdition.String()
	if edition != participant && edition != profile.MasterEdition.String() {
		return nil, usagef("profile new: -edition is master or participant")
	}
	if _, err := profile.Parse(fill(participant)); err != nil {
		return nil, err //nolint:wrapcheck // names the field
	}
	return fill(edition), nil
}

// quoted is a text in JSON, to be read by people too.
func quoted(s string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		return `""` // no string fails
	}
	return strings.TrimSpace(b.String())
}

func runProfileNew(ctx context.Context, c *call) (result, error) {
	id := c.flags.String("id", "", "the profile's name, such as musterhafen-hilfe; the program's file is called so")
	edition := c.flags.String("edition", "participant", "master or participant")
	organisation := c.flags.String("organisation", "", "the organisation, as customers read it")
	name := c.flags.String("name", "", "the program's name")
	out := c.flags.String("out", "", "file to write")
	force := c.flags.Bool("force", false, "replace the file")
	if err := c.parse("id", "organisation", "name", "out"); err != nil {
		return result{}, err
	}
	text, err := started(*id, *edition, *organisation, *name)
	if err != nil {
		return result{}, err
	}
	if err := writeFile(ctx, *out, text, publicMode, *force); err != nil {
		return result{}, err
	}
	return result{
		*out + " is written. Put in your relays and the pins that \"lotse-relay pin\" prints, then: lotse-pack profile check -in " + *out + "\n",
		map[string]string{"profile": *out},
	}, nil
}

func runProfileCheck(_ context.Context, c *call) (result, error) {
	fill := c.fillFlags()
	if err := c.parse("in"); err != nil {
		return result{}, err
	}
	_, p, err := fill.document()
	if err != nil {
		return result{}, err
	}
	s := summaryOf(p)
	return result{"well formed: " + s.line() + "\n" + s.warn(), s}, nil
}

func runProfileSign(ctx context.Context, c *call) (result, error) {
	fill := c.fillFlags()
	by := c.issuerFlags()
	out := c.flags.String("out", "", "file for the signed profile")
	force := c.flags.Bool("force", false, "replace the file")
	if err := c.parse("in", "out"); err != nil {
		return result{}, err
	}
	text, p, err := fill.document()
	if err != nil {
		return result{}, err
	}
	if err := p.Runs(p.Edition, profile.Version, time.Now()); err != nil {
		return result{}, fmt.Errorf("pack: no program would run with it: %w", err)
	}
	signed, verifier, err := by.sign(ctx, c,
		func(i note.Signer) ([]byte, error) { return profile.Sign(text, i) },
		func(signed []byte, issuers []string) error { _, _, err := profile.Open(signed, issuers); return err })
	if err != nil {
		return result{}, err
	}
	if err := writeFile(ctx, *out, signed, modeOf(p, publicMode), *force); err != nil {
		return result{}, err
	}
	s := summaryOf(p)
	s.Issuer = verifier
	return result{fmt.Sprintf("%s: %s\nsigned by %s\n", *out, s.line(), verifier) + s.warn(), s}, nil
}

// summary is what is said about a profile.
type summary struct {
	ID           string   `json:"id"`
	Serial       uint32   `json:"serial"`
	Edition      string   `json:"edition"`
	Organisation string   `json:"organisation"`
	Name         string   `json:"name"`
	Relays       []string `json:"relays"`
	NotAfter     string   `json:"not_after,omitempty"`
	Signers      int      `json:"signers"`
	Unsigned     bool     `json:"allow_unsigned"`
	Issuer       string   `json:"issuer,omitempty"`
	Warnings     []string `json:"warnings,omitempty"`
}

func summaryOf(p *profile.Profile) summary {
	s := summary{
		ID: p.ID, Serial: p.Serial, Edition: p.Edition.String(), Organisation: p.Organisation, Name: p.AppName,
		Signers: len(p.Signers), Unsigned: p.AllowUnsigned,
	}
	for _, r := range p.Servers() {
		s.Relays = append(s.Relays, r.Addrs()...)
	}
	if !p.NotAfter.IsZero() {
		s.NotAfter = p.NotAfter.Format(time.DateOnly)
	}
	if p.Serves() != nil {
		s.Warnings = append(s.Warnings, "A customer's program with this profile turns every moderator away: nobody stands in licence_issuers (-licence-issuer).")
	}
	switch {
	case p.Starts(true) != nil:
		s.Warnings = append(s.Warnings, "No program for Windows or macOS starts with this profile: it has neither signers (-signer-certificate, -signer-team) nor allow_unsigned.")
	case p.Starts(false) != nil:
		s.Warnings = append(s.Warnings, "No program for Windows starts with this profile: its signers name teams of Apple's alone (-signer-certificate).")
	}
	return s
}

// warn is what a person should know of a profile that is well formed.
func (s summary) warn() string {
	var b strings.Builder
	for _, w := range s.Warnings {
		b.WriteString("Warning: " + w + "\n")
	}
	return b.String()
}

func (s summary) line() string {
	return fmt.Sprintf("%s, serial %d, %q of %s, for the %s, %d relay addresses", s.ID, s.Serial, s.Name, s.Organisation, s.Edition, len(s.Relays))
}

func runProfileShow(_ context.Context, c *call) (result, error) {
	f := c.signedFlags("a signed profile, or a program or a bundle's ZIP file that carries one")
	b, keys, err := f.read(c, brand.MaxProgram)
	if err != nil {
		return result{}, err
	}
	if !bytes.HasPrefix(b, []byte("lotse ")) {
		slot, err := carriedBy(b)
		if err != nil {
			return result{}, fmt.Errorf("pack: %s: %w", f.in, err)
		}
		b = slot.Note
	}
	text, _, err := profile.Open(b, keys)
	if err != nil {
		return result{}, fmt.Errorf("pack: %s: %w", f.in, err)
	}
	shown, err := withoutKey(text)
	if err != nil {
		return result{}, err
	}
	pretty, err := json.MarshalIndent(shown, "", "  ")
	if err != nil {
		return result{}, fmt.Errorf("pack: show: %w", err)
	}
	return result{string(pretty) + "\n", shown}, nil
}

// withoutKey is a document to be looked at: the licence's key is left out, the
// picture is named by its length.
func withoutKey(text []byte) (map[string]any, error) {
	var d map[string]any
	if err := json.Unmarshal(text, &d); err != nil {
		return nil, fmt.Errorf("pack: show: %w", err)
	}
	if l, ok := d["licence"].(map[string]any); ok {
		l["key"] = "(not shown)"
	}
	if logo, ok := d["logo"].(string); ok {
		d["logo"] = fmt.Sprintf("(picture, %d characters in base64)", len(logo))
	}
	return d, nil
}
