package profile

import (
	"bytes"
	"errors"
	"maps"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// listFields is a list that uses every field there is.
func listFields() map[string]any {
	return map[string]any{
		"schema": 1, "profile": "musterhafen-help", "serial": 7, "not_after": "2027-03-31",
		"relays": []any{
			map[string]any{"addr": "neu.musterhafen.example:443", "also": []any{"neu.musterhafen.example:80"}, "region": "DE", "pins": []any{strings.Repeat("ab", 32)}},
			map[string]any{"addr": "mond.musterhafen.example:443", "region": "Moon", "pins": []any{strings.Repeat("cd", 32)}},
		},
	}
}

// but returns the fields with some of them changed; nil takes one away.
func but(fields map[string]any, changes map[string]any) map[string]any {
	out := maps.Clone(fields)
	for k, v := range changes {
		if out[k] = v; v == nil {
			delete(out, k)
		}
	}
	return out
}

// today is long before the list is over.
func today() time.Time { return time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC) }

func TestListComesBack(t *testing.T) {
	signer, key := issuerOf(t, "lists")
	signed, err := SignList(encode(t, listFields()), signer)
	if err != nil {
		t.Fatal(err)
	}
	want := &RelayList{
		Profile: "musterhafen-help", Serial: 7, NotAfter: time.Date(2027, 3, 31, 23, 59, 59, 0, time.UTC),
		Relays: []Relay{
			{Addr: "neu.musterhafen.example:443", Also: []string{"neu.musterhafen.example:80"}, Region: "DE", Pins: [][32]byte{[32]byte(bytes.Repeat([]byte{0xab}, 32))}},
			{Addr: "mond.musterhafen.example:443", Region: "Moon", Pins: [][32]byte{[32]byte(bytes.Repeat([]byte{0xcd}, 32))}},
		},
	}
	for name, open := range map[string]func() (*RelayList, error){
		"open": func() (*RelayList, error) { return OpenList(signed, []string{key}) },
		"peek": func() (*RelayList, error) { return PeekList(signed) },
	} {
		if got, err := open(); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, %v, want %+v", name, got, err, want)
		}
	}
	for i := range signed {
		changed := bytes.Clone(signed)
		changed[i] ^= 1
		if got, err := OpenList(changed, []string{key}); err == nil {
			t.Fatalf("byte %d changed: got %+v", i, got)
		}
	}
}

func TestListsThatAreNoneAreRefused(t *testing.T) {
	relay := listFields()["relays"].([]any)[0].(map[string]any)
	long := make([]any, maxList+1)
	for i := range long {
		long[i] = relay
	}
	signer, _ := issuerOf(t, "lists")
	for name, text := range map[string][]byte{
		"no object":           []byte("[]"),
		"something behind":    append(encode(t, listFields()), '{'),
		"not UTF-8":           []byte("{\"schema\xff\":1}"),
		"too long":            bytes.Repeat([]byte(" "), MaxList+1),
		"a key twice":         []byte(`{"schema":1,"schema":1}`),
		"unknown field":       encode(t, but(listFields(), map[string]any{"policy": map[string]any{}})),
		"a profile's field":   encode(t, but(listFields(), map[string]any{"regions": []any{"Moon"}})),
		"another schema":      encode(t, but(listFields(), map[string]any{"schema": 2})),
		"no profile":          encode(t, but(listFields(), map[string]any{"profile": nil})),
		"no serial":           encode(t, but(listFields(), map[string]any{"serial": nil})),
		"no end":              encode(t, but(listFields(), map[string]any{"not_after": nil})),
		"no day":              encode(t, but(listFields(), map[string]any{"not_after": "2027-02-30"})),
		"no relay":            encode(t, but(listFields(), map[string]any{"relays": []any{}})),
		"too many relays":     encode(t, but(listFields(), map[string]any{"relays": long})),
		"an address twice":    encode(t, but(listFields(), map[string]any{"relays": []any{relay, relay}})),
		"a relay without pin": encode(t, but(listFields(), map[string]any{"relays": []any{but(relay, map[string]any{"pins": []any{}})}})),
		"no address":          encode(t, but(listFields(), map[string]any{"relays": []any{but(relay, map[string]any{"addr": "http://x"})}})),
	} {
		if got, err := ParseList(text); !errors.Is(err, ErrDocument) {
			t.Errorf("%s: got %+v, %v, want %v", name, got, err, ErrDocument)
		}
		if _, err := SignList(text, signer); !errors.Is(err, ErrDocument) {
			t.Errorf("%s was signed: %v", name, err)
		}
	}
}

// pages is a list, signed.
func pages(t *testing.T, by note.Signer, changes map[string]any) []byte {
	t.Helper()
	signed, err := SignList(encode(t, but(listFields(), changes)), by)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func TestBookTakesWhatIsNewerAndNothingElse(t *testing.T) {
	signer, key := issuerOf(t, "lists")
	stranger, _ := issuerOf(t, "stranger")
	profileSigner, profileKey := issuerOf(t, "musterhafen")
	baked := Relay{Addr: "alt.musterhafen.example:443", Region: "DE", Pins: [][32]byte{{1}}}
	p := &Profile{
		ID: "musterhafen-help", Relays: []Relay{baked}, Regions: []string{"DE"}, ListKeys: []string{key}, ListSerial: 6,
		LicenceIssuers: []string{profileKey}, UpdateKeys: []string{profileKey},
	}
	moon := []any{listFields()["relays"].([]any)[1]}
	for name, c := range map[string]struct {
		signed []byte
		want   error
	}{
		"nothing":                       {nil, ErrList},
		"noise":                         {[]byte("noise"), ErrList},
		"a stranger's":                  {pages(t, stranger, nil), ErrList},
		"signed by another of our keys": {pages(t, profileSigner, nil), ErrList},
		"another profile's":             {pages(t, signer, map[string]any{"profile": "musterhafen-desk"}), ErrList},
		"the same":                      {pages(t, signer, map[string]any{"serial": 6}), ErrListOld},
		"an older one":                  {pages(t, signer, map[string]any{"serial": 5}), ErrListOld},
		"one that is over":              {pages(t, signer, map[string]any{"not_after": "2026-12-31"}), ErrListOld},
		"none of our regions":           {pages(t, signer, map[string]any{"relays": moon}), ErrList},
	} {
		b := NewBook(p, today)
		if err := b.Take(c.signed); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
		if got := b.Servers(); !reflect.DeepEqual(got, []Relay{baked}) || b.Serial() != 6 {
			t.Errorf("%s: got %v, number %d, want what was baked in", name, got, b.Serial())
		}
	}
	silent := *p
	silent.ListKeys = nil
	if err := NewBook(&silent, today).Take(pages(t, signer, nil)); !errors.Is(err, ErrList) {
		t.Errorf("a profile that names nobody took a list: %v", err)
	}
}

// TestNewerListNarrowsLikeTheProfile: regions and the gate are the profile's, for
// the list's relays alone, and only as long as it holds.
func TestNewerListNarrowsLikeTheProfile(t *testing.T) {
	signer, key := issuerOf(t, "lists")
	baked := Relay{Addr: "alt.musterhafen.example:443", Region: "DE", Pins: [][32]byte{{1}}}
	p := &Profile{ID: "musterhafen-help", Relays: []Relay{baked}, Regions: []string{"DE"}, ListKeys: []string{key}}
	now := today()
	b := NewBook(p, func() time.Time { return now })
	if err := b.Take(pages(t, signer, nil)); err != nil {
		t.Fatal(err)
	}
	for addr, allowed := range map[string]bool{
		"neu.musterhafen.example:443": true, "neu.musterhafen.example:80": true, "mond.musterhafen.example:443": false,
		"alt.musterhafen.example:443": false, "192.168.1.20:5005": false,
	} {
		if err := b.Allowed(addr); (err == nil) != allowed {
			t.Errorf("%s: got %v, want allowed %t", addr, err, allowed)
		}
	}
	if got := b.Servers(); len(got) != 1 || got[0].Addr != "neu.musterhafen.example:443" || b.Serial() != 7 {
		t.Errorf("got %v, number %d", got, b.Serial())
	}
	for _, way := range []Direct{DirectNever, DirectNetwork, DirectAnywhere} { // past the relay as the profile says
		p.Direct = way
		for _, addr := range []netip.Addr{netip.MustParseAddr("192.168.1.20"), netip.MustParseAddr("203.0.113.7")} {
			if got, want := b.DirectAllowed(addr), p.DirectAllowed(addr); got != want {
				t.Errorf("%v, %v: got %t, want %t", way, addr, got, want)
			}
		}
	}
	if b.Names([32]byte{1}) || !b.Names([32]byte(bytes.Repeat([]byte{0xab}, 32))) || b.Names([32]byte(bytes.Repeat([]byte{0xcd}, 32))) {
		t.Error("the keys are not those of the list's relays that may be used")
	}
	if err := b.Take(pages(t, signer, map[string]any{"serial": 6})); !errors.Is(err, ErrListOld) {
		t.Errorf("rolled back: %v", err)
	}
	if now = now.AddDate(1, 0, 0); b.Allowed(baked.Addr) != nil || b.Allowed("neu.musterhafen.example:443") == nil {
		t.Error("a list is used whose time is over")
	}
	if err := b.Take(pages(t, signer, map[string]any{"serial": 6, "not_after": "2029-01-01"})); !errors.Is(err, ErrListOld) {
		t.Errorf("rolled back once it was over: %v", err)
	}
}

func FuzzParseList(f *testing.F) {
	f.Add([]byte(`{"schema":1,"profile":"musterhafen-help","serial":7,"not_after":"2027-03-31","relays":[{"addr":"a:1","region":"DE","pins":["` + strings.Repeat("ab", 32) + `"]}]}`))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		l, err := ParseList(text)
		if err != nil {
			return
		}
		if l.Profile == "" || l.Serial == 0 || l.NotAfter.IsZero() || len(l.Relays) == 0 || len(l.Relays) > maxList {
			t.Fatalf("%q became %+v", text, l)
		}
		for _, r := range l.Relays {
			if r.Addr == "" || len(r.Pins) == 0 {
				t.Fatalf("%q became %+v", text, r)
			}
		}
	})
}
