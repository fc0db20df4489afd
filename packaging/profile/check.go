package profile

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image/png"
	"math"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"
)

const (
	// maxName is the longest organisation, program or region in characters.
	maxName = 64
	// maxSentence is the longest sentence in characters.
	maxSentence = 240
	// maxLogo is the longest logo in bytes.
	maxLogo = 24 << 10
	// minLogoSide and maxLogoSide bound the logo's side in pixels.
	minLogoSide, maxLogoSide = 32, 512
	// minCountdown and maxCountdown bound how long a question stays open: long
	// enough to be read, short enough that it is still the same conversation.
	minCountdown, maxCountdown = 10 * time.Second, 5 * time.Minute
	// minContrast is what white text needs on a colour (WCAG 2.2, 1.4.3).
	minContrast = 4.5
	// dayForm is how a day is written; the profile ends when the day does, UTC.
	dayForm = time.DateOnly
)

// profile checks every field and returns what they say.
func (d *document) profile() (*Profile, error) {
	r := &reader{}
	p := &Profile{
		ID: r.match("id", d.ID, idForm), Serial: d.Serial, Edition: r.edition(d.Edition),
		Organisation: r.text("organisation", d.Organisation, maxName), AppName: r.text("name", d.Name, maxName),
		Language: r.oneOf("language", d.Language, append(languages(), "")...),
		Texts:    Texts{Welcome: r.sentences("texts.welcome", d.Texts.Welcome), Contact: r.sentences("texts.contact", d.Texts.Contact)},
		Colours:  Colours{Primary: r.colour("colours.primary", d.Colours.Primary), Banner: r.colour("colours.banner", d.Colours.Banner)},
		Logo:     r.logo(d.Logo), Regions: r.regions(d.Regions), LAN: d.LAN,
		Countdown: r.countdown(d.Policy.Countdown), StartAtZero: d.Policy.StartAtZero,
		Never: r.rights(d.Policy.Never), AutoLock: d.Policy.AutoLock, Direct: r.direct(d.Policy.Direct),
		LicenceIssuers: r.keys("licence_issuers", d.Issuers), UpdateKeys: r.keys("update.keys", d.Update.Keys),
		UpdatePage: r.page("update.page", d.Update.Page), UpdateList: r.page("update.list", d.Update.List), UpdateInPlace: d.Update.InPlace,
		AllowUnsigned: d.Unsigned, MinVersion: r.version(d.MinVersion), NotAfter: r.day(d.NotAfter),
	}
	p.ListKeys, p.ListSerial = r.listKeys(d.RelayList), d.RelayList.Serial
	r.must(d.Schema == schema, "schema", "is not %d", schema)
	r.must(d.Serial > 0, "serial", "counts up from 1")
	for i, relay := range d.Relays {
		p.Relays = append(p.Relays, r.relay(fmt.Sprintf("relays[%d]", i), relay))
	}
	for i, s := range d.Signers {
		p.Signers = append(p.Signers, r.signer(fmt.Sprintf("signers[%d]", i), s))
	}
	p.Licence = r.licence(d.Licence)
	r.whole(p)
	if r.err != nil {
		return nil, r.err
	}
	return p, nil
}

// whole checks what lies between fields.
func (r *reader) whole(p *Profile) {
	r.must(len(p.Servers()) > 0 || p.LAN, "relays", "has none in an allowed region, and lan is not set")
	r.must(!p.UpdateInPlace || p.UpdateList != "" && len(p.UpdateKeys) > 0, "update.in_place", "needs list and keys")
	if p.Edition == MasterEdition {
		r.must(p.Licence != nil, "licence", "is missing: a master opens no room without one")
	} else {
		r.must(p.Licence == nil, "licence", "does not belong into a participant: its key would be everybody's")
	}
	r.once(p.Relays)
}

// reader turns what a document says into values and keeps the first error.
type reader struct{ err error }

func (r *reader) must(ok bool, field, format string, args ...any) {
	if !ok && r.err == nil {
		r.err = fmt.Errorf("%w: %s %s", ErrDocument, field, fmt.Sprintf(format, args...))
	}
}

// The forms of short words.
var (
	idForm   = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{1,62}$`)
	teamForm = regexp.MustCompile(`^[A-Z0-9]{10}$`)
	hashForm = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

func (r *reader) match(field, s string, form *regexp.Regexp) string {
	r.must(form.MatchString(s), field, "%q is not of the form %s", clip(s), form)
	return s
}

func (r *reader) oneOf(field, s string, values ...string) string {
	r.must(slices.Contains(values, s), field, "%q is none of %q", clip(s), values)
	return s
}

// clip shortens what is quoted in an error.
func clip(s string) string {
	const most = 40
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

func (r *reader) edition(s string) Edition {
	for _, e := range []Edition{MasterEdition, ParticipantEdition} {
		if s == e.String() {
			return e
		}
	}
	r.must(false, "edition", "%q is neither master nor participant", clip(s))
	return 0
}

// text is one line that a window can show: printable characters of any script,
// no room at the ends. What turns the direction of reading (Unicode TR 36, 3.1)
// or has no width is not printable.
func (r *reader) text(field, s string, most int) string {
	r.must(s != "" && utf8.ValidString(s) && utf8.RuneCountInString(s) <= most, field, "has %d characters, want 1 to %d", utf8.RuneCountInString(s), most)
	r.must(strings.TrimSpace(s) == s, field, "begins or ends with a space")
	for _, c := range s {
		r.must(unicode.IsPrint(c), field, "holds the character %U, which can't be seen", c)
	}
	return s
}

func (r *reader) sentences(field string, by Sentences) Sentences {
	for language, s := range by {
		r.oneOf(field, language, languages()...)
		r.text(field+"."+language, s, maxSentence)
	}
	return by
}

func (r *reader) colour(field, s string) uint32 {
	if s == "" {
		return 0
	}
	hexDigits, ok := strings.CutPrefix(s, "#")
	n, err := strconv.ParseUint(hexDigits, 16, 24)
	r.must(ok && err == nil && len(hexDigits) == 6, field, "%q is not of the form #1a2b3c", clip(s))
	c := uint32(n)
	r.must(onWhite(c) >= minContrast, field, "%s is too light: white text on it has a contrast of %.1f, want %.1f", clip(s), onWhite(c), minContrast)
	return c
}

// onWhite is the contrast between a colour and white (WCAG 2.2, relative
// luminance).
func onWhite(c uint32) float64 {
	part := func(shift uint) float64 {
		v := float64(c>>shift&0xff) / 0xff
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 1.05 / (0.2126*part(16) + 0.7152*part(8) + 0.0722*part(0) + 0.05)
}

// logo is a square PNG. Its head is read before the picture, so that a small
// file can't ask for a large one.
func (r *reader) logo(data []byte) []byte {
	if len(data) == 0 {
		return nil
	}
	r.must(len(data) <= maxLogo, "logo", "has %d bytes, at most %d", len(data), maxLogo)
	head, err := png.DecodeConfig(bytes.NewReader(data))
	r.must(err == nil, "logo", "is no PNG picture")
	r.must(head.Width == head.Height && head.Width >= minLogoSide && head.Width <= maxLogoSide, "logo", "is %d × %d pixels, want a square of %d to %d", head.Width, head.Height, minLogoSide, maxLogoSide)
	if r.err == nil {
		_, err := png.Decode(bytes.NewReader(data))
		r.must(err == nil, "logo", "can't be drawn")
	}
	return data
}

func (r *reader) regions(names []string) []string {
	for i, name := range names {
		r.text(fmt.Sprintf("regions[%d]", i), name, maxName)
	}
	return names
}

func (r *reader) relay(field string, d docRelay) Relay {
	relay := Relay{Addr: r.address(field+".addr", d.Addr), Region: r.text(field+".region", d.Region, maxName)}
	for _, addr := range d.Also {
		relay.Also = append(relay.Also, r.address(field+".also", addr))
	}
	r.must(len(d.Pins) > 0, field+".pins", "is empty: a relay without a pinned key is nobody")
	for _, pin := range d.Pins {
		relay.Pins = append(relay.Pins, r.hash(field+".pins", pin))
	}
	return relay
}

// hostForm is a name or an address as they are dialled; an IPv6 address stands
// in brackets around it.
var hostForm = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?$|^::1$`)

func (r *reader) address(field, s string) string {
	host, port, err := net.SplitHostPort(s)
	n, portErr := strconv.ParseUint(port, 10, 16)
	r.must(err == nil && portErr == nil && n > 0 && hostForm.MatchString(host), field, "%q is not host:port", clip(s))
	return s
}

func (r *reader) hash(field, s string) (h [sha256.Size]byte) {
	r.must(hashForm.MatchString(s), field, "%q is not 64 hexadecimal digits in lower case", clip(s))
	if b, err := hex.DecodeString(s); err == nil {
		copy(h[:], b)
	}
	return h
}

func (r *reader) countdown(seconds int) time.Duration {
	if seconds == 0 {
		return 0
	}
	d := time.Duration(min(max(seconds, 0), math.MaxInt32)) * time.Second
	r.must(d >= minCountdown && d <= maxCountdown, "policy.countdown_seconds", "is %d, want %d to %d", seconds, minCountdown/time.Second, maxCountdown/time.Second)
	return d
}

// direct is how far programs may talk past the relay, by its word.
func (r *reader) direct(s string) Direct {
	if s == "" {
		return DirectAnywhere
	}
	for _, d := range []Direct{DirectNever, DirectNetwork, DirectAnywhere} {
		if s == d.String() {
			return d
		}
	}
	r.must(false, "policy.direct", "%q is none of never, network and anywhere", clip(s))
	return DirectNever
}

func (r *reader) rights(names []string) []string {
	for _, name := range names {
		r.oneOf("policy.never", name, Rights()...)
	}
	return names
}

func (r *reader) keys(field string, keys []string) []string {
	for i, key := range keys {
		_, err := note.NewVerifier(key)
		r.must(err == nil, fmt.Sprintf("%s[%d]", field, i), "is no verifier key")
	}
	return keys
}

// page is a web page that a person may be led to; with a name and a password
// in it, or without encryption, it is none.
func (r *reader) page(field, s string) string {
	if s == "" {
		return ""
	}
	u, err := url.Parse(s)
	r.must(err == nil && len(s) <= maxSentence && u.Scheme == "https" && u.Host != "" && u.User == nil, field, "%q is no https address", clip(s))
	return r.text(field, s, maxSentence)
}

func (r *reader) version(s string) string {
	if s == "" {
		return ""
	}
	_, ok := parseVersion(s)
	r.must(ok, "min_version", "%q is not of the form 1.2.3", clip(s))
	return s
}

// day is the last second of a day, UTC.
func (r *reader) day(s string) time.Time {
	if s == "" {
		return time.Time{}
	}
	t, err := time.Parse(dayForm, s)
	r.must(err == nil, "not_after", "%q is no day such as 2027-12-31", clip(s))
	return t.AddDate(0, 0, 1).Add(-time.Second)
}

func (r *reader) signer(field string, d docSigner) Signer {
	var s Signer
	r.must(d.SPKI != "" || d.Team != "", field, "has neither spki nor team")
	if d.SPKI != "" {
		s.SPKI = r.hash(field+".spki", d.SPKI)
	}
	if d.Team != "" {
		s.Team = r.match(field+".team", d.Team, teamForm)
	}
	return s
}

// licence is a note and the key that it names. The note's signature is the
// relay's to judge: this program need not know who issues licences.
func (r *reader) licence(d *docLicence) *Licence {
	if d == nil {
		return nil
	}
	r.must(validNumber(d.Number), "licence.number", "%q is no licence number", clip(d.Number))
	r.must(d.Note != "", "licence.note", "is empty")
	if len(d.Key) != ed25519.SeedSize {
		r.must(false, "licence.key", "has %d bytes, want %d", len(d.Key), ed25519.SeedSize)
		return nil
	}
	return &Licence{Number: d.Number, Note: []byte(d.Note), Key: ed25519.NewKeyFromSeed(d.Key)}
}
