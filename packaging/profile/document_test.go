package profile

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"image"
	"image/png"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	ournote "lotse/crypto/note"
)

// picture is a PNG of the size.
func picture(t *testing.T, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, w, h))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// issuerOf returns the key pair of a name, the same one each time.
func issuerOf(t *testing.T, name string) (note.Signer, string) {
	t.Helper()
	seed := sha256.Sum256([]byte(name))
	private, verifier, err := ournote.KeyFromSeed(name, seed[:])
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(private.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	return signer, verifier
}

// fields is a document that uses every field there is.
func fields(t *testing.T) map[string]any {
	t.Helper()
	_, verifier := issuerOf(t, "musterhafen")
	return map[string]any{
		"schema": 1, "id": "musterhafen-help", "serial": 3, "edition": "participant",
		"organisation": "Stadtwerke Musterhafen", "name": "Musterhafen Hilfe", "language": "de",
		"texts": map[string]any{
			"welcome": map[string]any{"de": "Willkommen an Bord", "en": "Welcome aboard"},
			"contact": map[string]any{"de": "Hilfe: 0431 1234"},
		},
		"colours": map[string]any{"primary": "#0e5a4f", "banner": "#123524"},
		"logo":    base64.StdEncoding.EncodeToString(picture(t, 64, 64)),
		"relays": []any{
			map[string]any{"addr": "lotse.musterhafen.example:443", "also": []any{"lotse.musterhafen.example:80"}, "region": "DE", "pins": []any{strings.Repeat("ab", 32), strings.Repeat("cd", 32)}},
			map[string]any{"addr": "[2001:db8::1]:5000", "region": "EU", "pins": []any{strings.Repeat("ef", 32)}},
		},
		"regions": []any{"DE", "EU"}, "lan": true, "relay_list": map[string]any{"keys": []any{verifier}, "serial": 4},
		"policy":          map[string]any{"countdown_seconds": 20, "start_at_zero": true, "never": []any{"files_out", "record"}, "autolock": true, "direct": "network"},
		"licence_issuers": []any{verifier},
		"update": map[string]any{
			"page": "https://musterhafen.example/hilfe", "list": "https://musterhafen.example/lotse/releases.json", "keys": []any{verifier}, "in_place": true,
		},
		"signers":        []any{map[string]any{"spki": strings.Repeat("12", 32), "team": "ABCDE12345"}},
		"allow_unsigned": true, "min_version": "0.1.0", "not_after": "2027-12-31",
	}
}

func encode(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestParseReadsEveryField(t *testing.T) {
	got, err := Parse(encode(t, fields(t)))
	if err != nil {
		t.Fatal(err)
	}
	_, verifier := issuerOf(t, "musterhafen")
	hash := func(b byte) [sha256.Size]byte { return [sha256.Size]byte(bytes.Repeat([]byte{b}, sha256.Size)) }
	want := &Profile{
		ID: "musterhafen-help", Serial: 3, Edition: ParticipantEdition,
		Organisation: "Stadtwerke Musterhafen", AppName: "Musterhafen Hilfe", Language: "de",
		Texts: Texts{
			Welcome: Sentences{"de": "Willkommen an Bord", "en": "Welcome aboard"},
			Contact: Sentences{"de": "Hilfe: 0431 1234"},
		},
		Colours: Colours{Primary: 0x0e5a4f, Banner: 0x123524}, Logo: picture(t, 64, 64),
		Relays: []Relay{
			{Addr: "lotse.musterhafen.example:443", Also: []string{"lotse.musterhafen.example:80"}, Region: "DE", Pins: [][sha256.Size]byte{hash(0xab), hash(0xcd)}},
			{Addr: "[2001:db8::1]:5000", Region: "EU", Pins: [][sha256.Size]byte{hash(0xef)}},
		},
		Regions: []string{"DE", "EU"}, LAN: true, ListKeys: []string{verifier}, ListSerial: 4,
		Countdown: 20 * time.Second, StartAtZero: true, Never: []string{"files_out", "record"}, AutoLock: true, Direct: DirectNetwork,
		LicenceIssuers: []string{verifier}, UpdatePage: "https://musterhafen.example/hilfe",
		UpdateList: "https://musterhafen.example/lotse/releases.json", UpdateInPlace: true, UpdateKeys: []string{verifier},
		Signers: []Signer{{SPKI: hash(0x12), Team: "ABCDE12345"}}, AllowUnsigned: true, MinVersion: "0.1.0",
		NotAfter: time.Date(2027, 12, 31, 23, 59, 59, 0, time.UTC),
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// Every field of the document is in the test above: a field that Parse forgets
// would be a rule that nobody keeps.
func TestEveryFieldIsTried(t *testing.T) {
	have := fields(t)
	have["licence"] = map[string]any{"number": "", "note": "", "key": ""}
	var missing []string
	var look func(path string, typ reflect.Type, v any)
	look = func(path string, typ reflect.Type, v any) {
		for f := range typ.Fields() {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			in, _ := v.(map[string]any)
			value, ok := in[name]
			if !ok {
				missing = append(missing, path+name)
				continue
			}
			inner := f.Type
			if list, isList := value.([]any); isList {
				value = list[0]
			}
			for inner.Kind() == reflect.Slice || inner.Kind() == reflect.Pointer {
				inner = inner.Elem()
			}
			if inner.Kind() == reflect.Struct {
				look(path+name+".", inner, value)
			}
		}
	}
	look("", reflect.TypeFor[document](), have)
	if len(missing) > 0 {
		t.Errorf("not in the example of the tests: %q", missing)
	}
}

func licenceFields(t *testing.T) map[string]any {
	t.Helper()
	seed := sha256.Sum256([]byte("module"))
	return map[string]any{"number": NewNumber("482139027"), "note": "lotse licence\nx\n\n— a b\n", "key": base64.StdEncoding.EncodeToString(seed[:])}
}

func TestMasterHasALicenceAndAParticipantNone(t *testing.T) {
	d := fields(t)
	d["edition"] = "master"
	if _, err := Parse(encode(t, d)); !errors.Is(err, ErrDocument) {
		t.Errorf("master without a licence: %v", err)
	}
	d["licence"] = licenceFields(t)
	p, err := Parse(encode(t, d))
	if err != nil {
		t.Fatal(err)
	}
	seed := sha256.Sum256([]byte("module"))
	if p.Licence.Number != NewNumber("482139027") || !p.Licence.Key.Equal(ed25519.NewKeyFromSeed(seed[:])) {
		t.Errorf("got %q", p.Licence.Number)
	}
	d["edition"] = "participant"
	if _, err := Parse(encode(t, d)); !errors.Is(err, ErrDocument) {
		t.Errorf("participant with a licence: %v", err)
	}
}

// What protects the customer is nobody's to switch off: a profile that tries
// is refused, whatever it calls it and wherever it stands, and by the programs
// even where its issuer signed it.
func TestNobodySwitchesOffConsentBarOrStopKey(t *testing.T) {
	signer, verifier := issuerOf(t, "musterhafen")
	for _, key := range []string{"consent", "no_consent", "consent_required", "bar", "show_bar", "Bar", "stop", "stop_key", "f11", "F11", "silent", "hidden", "invisible_mode"} {
		for _, where := range []string{"", "policy"} {
			d := fields(t)
			in := d
			if where != "" {
				in, _ = d[where].(map[string]any)
			}
			in[key] = false
			if _, err := Parse(encode(t, d)); !errors.Is(err, ErrGuarded) {
				t.Errorf("%s %q: got %v, want %v", where, key, err, ErrGuarded)
			}
			signed, err := ournote.SignWith(profileKind, encode(t, d), signer)
			if err != nil {
				t.Fatal(err)
			}
			if _, p, err := (Slot{Issuers: []string{verifier}, Note: signed}).Open(); !errors.Is(err, ErrGuarded) || p != nil {
				t.Errorf("%s %q, signed: got %+v, %v, want %v", where, key, p, err, ErrGuarded)
			}
		}
	}
	for _, word := range Rights() {
		if word == "see" {
			t.Error("a profile can forbid seeing")
		}
	}
}

func TestParseRefuses(t *testing.T) {
	relay := map[string]any{"addr": "a.example:443", "region": "DE", "pins": []any{strings.Repeat("ab", 32)}}
	with := func(m map[string]any, key string, v any) map[string]any {
		m = maps.Clone(m)
		m[key] = v
		return m
	}
	rows := map[string]struct {
		key   string
		value any
		says  string
	}{
		"another schema":           {"schema", 2, "schema"},
		"no id":                    {"id", "", "id"},
		"id in capitals":           {"id", "Hafen", "id"},
		"serial 0":                 {"serial", 0, "serial"},
		"serial below 0":           {"serial", -1, "serial"},
		"edition of the relay":     {"edition", "relay", "edition"},
		"no organisation":          {"organisation", "", "organisation"},
		"long organisation":        {"organisation", strings.Repeat("ä", maxName+1), "organisation"},
		"control character":        {"organisation", "a\nb", "organisation"},
		"turned reading":           {"organisation", "Bank\u202egnp", "organisation"},
		"zero width":               {"name", "Ban\u200bk", "name"},
		"space at the end":         {"name", "Bank ", "name"},
		"a third language":         {"language", "fr", "language"},
		"welcome in French":        {"texts", map[string]any{"welcome": map[string]any{"fr": "Bienvenue"}}, "texts.welcome"},
		"long welcome":             {"texts", map[string]any{"welcome": map[string]any{"de": strings.Repeat("a", maxSentence+1)}}, "texts.welcome"},
		"colour by name":           {"colours", map[string]any{"primary": "green"}, "colours.primary"},
		"colour too light":         {"colours", map[string]any{"banner": "#ffd700"}, "too light"},
		"logo that is no picture":  {"logo", base64.StdEncoding.EncodeToString([]byte("GIF89a")), "logo"},
		"logo that is no square":   {"logo", base64.StdEncoding.EncodeToString(picture(t, 64, 32)), "logo"},
		"logo too small":           {"logo", base64.StdEncoding.EncodeToString(picture(t, 16, 16)), "logo"},
		"logo too wide":            {"logo", base64.StdEncoding.EncodeToString(picture(t, 1024, 1024)), "logo"},
		"logo cut off":             {"logo", base64.StdEncoding.EncodeToString(picture(t, 64, 64)[:60]), "logo"},
		"relay without a port":     {"relays", []any{with(relay, "addr", "a.example")}, "relays[0].addr"},
		"relay on port 0":          {"relays", []any{with(relay, "addr", "a.example:0")}, "relays[0].addr"},
		"relay with a path":        {"relays", []any{with(relay, "addr", "a.example/x:443")}, "relays[0].addr"},
		"second way without port":  {"relays", []any{with(relay, "also", []any{"b"})}, "relays[0].also"},
		"relay without a region":   {"relays", []any{with(relay, "region", "")}, "relays[0].region"},
		"relay without pins":       {"relays", []any{with(relay, "pins", []any{})}, "relays[0].pins"},
		"short pin":                {"relays", []any{with(relay, "pins", []any{"ab"})}, "relays[0].pins"},
		"pin in capitals":          {"relays", []any{with(relay, "pins", []any{strings.Repeat("AB", 32)})}, "relays[0].pins"},
		"relay twice":              {"relays", []any{relay, relay}, "second time"},
		"no relay in the region":   {"regions", []any{"CH"}, ""},
		"countdown of a second":    {"policy", map[string]any{"countdown_seconds": 1, "start_at_zero": true}, "policy.countdown_seconds"},
		"countdown of an hour":     {"policy", map[string]any{"countdown_seconds": 3600}, "policy.countdown_seconds"},
		"countdown that overflows": {"policy", map[string]any{"countdown_seconds": int64(1) << 60}, "policy.countdown_seconds"},
		"countdown below 0":        {"policy", map[string]any{"countdown_seconds": -20}, "policy.countdown_seconds"},
		"a right that is none":     {"policy", map[string]any{"never": []any{"see"}}, "policy.never"},
		"issuer that is no key":    {"licence_issuers", []any{"abc"}, "licence_issuers[0]"},
		"page without encryption":  {"update", map[string]any{"page": "http://a.example"}, "update.page"},
		"page with a password":     {"update", map[string]any{"page": "https://a:b@a.example"}, "update.page"},
		"page that runs":           {"update", map[string]any{"page": "javascript:alert(1)"}, "update.page"},
		"list without encryption":  {"update", map[string]any{"list": "http://a.example/releases.json"}, "update.list"},
		"in place without a list":  {"update", map[string]any{"in_place": true}, "update.in_place"},
		"update key":               {"update", map[string]any{"keys": []any{"abc"}}, "update.keys[0]"},
		"signer without anything":  {"signers", []any{map[string]any{}}, "signers[0]"},
		"short team":               {"signers", []any{map[string]any{"team": "ABC"}}, "signers[0].team"},
		"version of two numbers":   {"min_version", "1.2", "min_version"},
		"version with a letter":    {"min_version", "1.2.3a", "min_version"},
		"a day that is none":       {"not_after", "2027-02-30", "not_after"},
		"unknown field":            {"colour", "red", "unknown field"},
		"field in capitals":        {"Serial", 4, "no name of a field"},
		"null":                     {"logo", nil, "null"},
		"too deep":                 {"texts", map[string]any{"a": map[string]any{"b": map[string]any{"c": map[string]any{"d": 1}}}}, "deeper"},
		"long list":                {"regions", slices.Repeat([]any{"DE"}, maxList+1), "more than"},
		"text for a number":        {"serial", "3", "serial"},
	}
	for name, row := range rows {
		d := fields(t)
		d[row.key] = row.value
		if name == "no relay in the region" {
			delete(d, "lan")
		}
		p, err := Parse(encode(t, d))
		if !errors.Is(err, ErrDocument) || !strings.Contains(err.Error(), row.says) || p != nil {
			t.Errorf("%s: got %v, want %v that says %q", name, err, ErrDocument, row.says)
		}
	}
}

func TestParseRefusesOtherSpellings(t *testing.T) {
	good := string(encode(t, fields(t)))
	for name, text := range map[string]string{
		"nothing":     "",
		"a list":      "[]",
		"cut":         good[:len(good)-1],
		"two":         good + good,
		"twice a key": strings.Replace(good, `"serial":3`, `"serial":3,"serial":4`, 1),
		"too long":    good + strings.Repeat(" ", MaxDocument),
		"bad UTF-8":   strings.Replace(good, "Stadtwerke", "Stadt\xffwerke", 1),
	} {
		if p, err := Parse([]byte(text)); !errors.Is(err, ErrDocument) || p != nil {
			t.Errorf("%s: got %v, want %v", name, err, ErrDocument)
		}
	}
}

func TestTextsFallBackToTheOtherLanguage(t *testing.T) {
	texts := Texts{Welcome: Sentences{"de": "Moin", "en": "Hello"}, Contact: Sentences{"de": "0431"}}
	for _, row := range []struct {
		by             Sentences
		language, want string
	}{
		{texts.Welcome, "de", "Moin"},
		{texts.Welcome, "en", "Hello"},
		{texts.Contact, "en", "0431"},
		{nil, "de", ""},
	} {
		if got := row.by.In(row.language); got != row.want {
			t.Errorf("%v in %s: got %q, want %q", row.by, row.language, got, row.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"schema":1,"id":"ab","serial":1,"edition":"participant","organisation":"A","name":"B","lan":true}`))
	f.Add([]byte(`{"a":[{"b":[1,"x",null,true]}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := Parse(text)
		if (p == nil) == (err == nil) {
			t.Fatalf("got %v and %v", p, err)
		}
		if err == nil && (p.Countdown != 0 && p.Countdown < minCountdown || len(p.Servers()) == 0 && !p.LAN) {
			t.Fatalf("took %q", text)
		}
	})
}
