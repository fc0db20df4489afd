//go:build linux || windows

package input

import "errors"

// everyday is what supporters type: letters with marks of every layout below,
// what needs AltGr or dead keys somewhere, other alphabets, emoji outside the
// first plane, joined and with a skin colour, and a decomposed letter.
const everyday = "Grüße ÄÖÜ éèê ñãõ çÇ ğĞ şŞ ıİ åÅ øØ æÆ µ§°²³\n" +
	"@ € £ $ ¤ { } [ ] ( ) \\ | ~ ^ ` ´ ¨ # % & / ? ! ' \" < > « » – — …\n" +
	"中文 日本語 Жук Ελλ שלום 😀 🇨🇭 👩‍💻 👍🏽 é\n"

// press is one key, held with others.
type press struct {
	with []Usage
	key  Usage
}

// Keys of the rows below.
const (
	keyShift Usage = 0xE1
	keyAltGr Usage = 0xE6
	keyE     Usage = 0x08
	keyN     Usage = 0x11
)

// layoutRow is the layout of a customer's keyboard, and what keys of its own
// make there.
type layoutRow struct {
	name, xkb string
	plain     []press // alone or with Shift, one a character
	printed   string
	composed  []press // with AltGr, or a dead key and a letter
	made      string
}

func layoutRows() []layoutRow {
	keys := func(keys ...Usage) (out []press) {
		for _, u := range keys {
			out = append(out, press{nil, u})
		}
		return out
	}
	with := func(held ...Usage) func(Usage) press { return func(u Usage) press { return press{held, u} } }
	shift, altGr, both := with(keyShift), with(keyAltGr), with(keyShift, keyAltGr)
	e, n := press{nil, keyE}, press{nil, keyN}
	return []layoutRow{
		{"DE", "de", keys(0x1C, 0x2F, 0x2D), "züß", []press{{nil, 0x2E}, e, altGr(0x14), altGr(keyE)}, "é@€"},
		{"AT", "at", keys(0x1C, 0x33, 0x34), "zöä", []press{{nil, 0x2E}, e, altGr(0x14), altGr(0x24)}, "é@{"},
		{"CH", "ch", keys(0x1C, 0x2F, 0x35), "zü§", []press{{nil, 0x2E}, e, altGr(0x1F), altGr(keyE)}, "ê@€"},
		{"FR", "fr", keys(0x14, 0x1F, 0x26), "aéç", []press{{nil, 0x2F}, e, altGr(0x27), altGr(keyE)}, "ê@€"},
		{"UK", "gb", []press{shift(0x20), shift(0x34), {nil, 0x32}}, "£@#", []press{altGr(0x33), e, altGr(0x21)}, "é€"},
		{"SE", "se", keys(0x2F, 0x33, 0x2D), "åö+", []press{{nil, 0x2E}, e, altGr(0x1F), altGr(keyE)}, "é@€"},
		{"PT-BR", "br", keys(0x33, 0x38, 0x14), "ç;q", []press{{nil, 0x34}, n, altGr(0x14)}, "ñ/"},
		{"TR", "tr", keys(0x34, 0x0C, 0x2F), "iığ", []press{both(0x33), e, altGr(0x14)}, "é@"},
		{"US-Intl", "-layout us -variant intl", keys(0x14, 0x1C, 0x36), "qy,", []press{{nil, 0x34}, e, altGr(0x14), altGr(0x22)}, "éä€"},
	}
}

// byLetter presses Ctrl and the key of a letter, named by its place on an
// English keyboard, as a moderator with such a keyboard does.
func byLetter(g *Guard, letter rune) error {
	u := Usage(letter-'a') + 0x04
	return errors.Join(g.Key(0xE0, true), g.Letter(u, letter, true), g.Letter(u, letter, false), g.Key(0xE0, false))
}

func pressAll(g *Guard, keys []press) error {
	var errs []error
	for _, k := range keys {
		for _, u := range k.with {
			errs = append(errs, g.Key(u, true))
		}
		errs = append(errs, g.Key(k.key, true), g.Key(k.key, false))
		for _, u := range k.with {
			errs = append(errs, g.Key(u, false))
		}
	}
	return errors.Join(errs...)
}
