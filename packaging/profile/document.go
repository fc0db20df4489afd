package profile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// MaxDocument is the longest document in bytes: it fits into the slot with its
// signatures, in base64.
const MaxDocument = 40 << 10

const (
	// schema is the version of the document's form.
	schema = 1
	// maxDepth is how deep a document may be nested.
	maxDepth = 4
	// maxList is the longest list in a document.
	maxList = 64
)

// ErrDocument says that a document is not a profile. The text behind it names
// the field.
var ErrDocument = errors.New("profile: document")

// document is a profile as IT writes it; Profile's fields say what each is for.
type document struct {
	Schema       int          `json:"schema"`
	ID           string       `json:"id"`
	Serial       uint32       `json:"serial"`
	Edition      string       `json:"edition"`
	Organisation string       `json:"organisation"`
	Name         string       `json:"name"`
	Language     string       `json:"language,omitempty"`
	Texts        docTexts     `json:"texts,omitzero"`
	Colours      docColours   `json:"colours,omitzero"`
	Logo         []byte       `json:"logo,omitempty"`
	Relays       []docRelay   `json:"relays,omitempty"`
	Regions      []string     `json:"regions,omitempty"`
	RelayList    docRelayList `json:"relay_list,omitzero"`
	LAN          bool         `json:"lan,omitempty"`
	Policy       docPolicy    `json:"policy,omitzero"`
	Issuers      []string     `json:"licence_issuers,omitempty"`
	Licence      *docLicence  `json:"licence,omitempty"`
	Update       docUpdate    `json:"update,omitzero"`
	Signers      []docSigner  `json:"signers,omitempty"`
	Unsigned     bool         `json:"allow_unsigned,omitempty"`
	MinVersion   string       `json:"min_version,omitempty"`
	NotAfter     string       `json:"not_after,omitempty"`
}

type docTexts struct {
	Welcome Sentences `json:"welcome,omitempty"`
	Contact Sentences `json:"contact,omitempty"`
}

type docColours struct {
	Primary string `json:"primary,omitempty"`
	Banner  string `json:"banner,omitempty"`
}

type docRelay struct {
	Addr   string   `json:"addr"`
	Also   []string `json:"also,omitempty"`
	Region string   `json:"region"`
	Pins   []string `json:"pins"`
}

type docPolicy struct {
	Countdown   int      `json:"countdown_seconds,omitempty"`
	StartAtZero bool     `json:"start_at_zero,omitempty"`
	Never       []string `json:"never,omitempty"`
	AutoLock    bool     `json:"autolock,omitempty"`
	Direct      string   `json:"direct,omitempty"`
}

type docLicence struct {
	Number string `json:"number"`
	Note   string `json:"note"`
	Key    []byte `json:"key"`
}

type docUpdate struct {
	Page string   `json:"page,omitempty"`
	Keys []string `json:"keys,omitempty"`
	// List is where the signed list of releases lies, the programs beside it.
	List    string `json:"list,omitempty"`
	InPlace bool   `json:"in_place,omitempty"`
}

type docSigner struct {
	SPKI string `json:"spki,omitempty"`
	Team string `json:"team,omitempty"`
}

// guarded are words of fields that no profile has, because what they would
// switch off is the customer's own: asking is not enough to be told "unknown".
func guarded() []string {
	return []string{"consent", "bar", "stop", "f11", "ask_first", "silent", "hidden", "invisible"}
}

// ErrGuarded says that a profile tries to switch off what protects the
// customer: the question, the bar that says who sees and controls, or the stop
// key. There is no such field.
var ErrGuarded = errors.New("profile: the question, the bar and the stop key can't be switched off")

// Parse reads a document strictly: one JSON object, every field known, none
// twice, every text printable and of bounded length.
func Parse(text []byte) (*Profile, error) {
	if len(text) > MaxDocument {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrDocument, len(text), MaxDocument)
	}
	if !utf8.Valid(text) {
		return nil, fmt.Errorf("%w: not UTF-8", ErrDocument)
	}
	if err := checkKeys(text); err != nil {
		return nil, err
	}
	var d document
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDocument, err)
	}
	return d.profile()
}

// fieldName is how every field is written; encoding/json alone would take
// "Relays" for "relays".
var fieldName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// checkKeys walks through the document once: is it one value, is no key there
// twice, is nothing deeper or longer than a profile can be?
func checkKeys(text []byte) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	if err := walk(dec, 0); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: something follows the closing brace", ErrDocument)
	}
	return nil
}

// walk reads one value.
func walk(dec *json.Decoder, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("%w: nested deeper than %d", ErrDocument, maxDepth)
	}
	t, err := dec.Token()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDocument, err)
	}
	switch t {
	case json.Delim('{'):
		return walkObject(dec, depth)
	case json.Delim('['):
		return walkList(dec, depth)
	case nil:
		return fmt.Errorf("%w: null is no value of a field", ErrDocument)
	}
	return nil
}

func walkObject(dec *json.Decoder, depth int) error {
	seen := make(map[string]bool)
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return fmt.Errorf("%w: %w", ErrDocument, err)
		}
		key, _ := t.(string)
		if err := checkKey(key, seen); err != nil {
			return err
		}
		if err := walk(dec, depth+1); err != nil {
			return err
		}
	}
	_, err := dec.Token() // the closing brace
	return documentError(err)
}

func checkKey(key string, seen map[string]bool) error {
	for _, word := range guarded() {
		if slices.Contains(strings.Split(strings.ToLower(key), "_"), word) || strings.ToLower(key) == word {
			return fmt.Errorf("%w: %q", ErrGuarded, key)
		}
	}
	switch {
	case !fieldName.MatchString(key):
		return fmt.Errorf("%w: %q is no name of a field", ErrDocument, key)
	case seen[key]:
		return fmt.Errorf("%w: %q stands there twice", ErrDocument, key)
	}
	seen[key] = true
	return nil
}

func walkList(dec *json.Decoder, depth int) error {
	for n := 0; dec.More(); n++ {
		if n == maxList {
			return fmt.Errorf("%w: a list of more than %d", ErrDocument, maxList)
		}
		if err := walk(dec, depth+1); err != nil {
			return err
		}
	}
	_, err := dec.Token() // the closing bracket
	return documentError(err)
}

func documentError(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", ErrDocument, err)
}
