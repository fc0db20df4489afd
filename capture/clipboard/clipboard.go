// Package clipboard reads what a person copied and puts there what the other
// side sent: text, and pictures as PNG. It cannot send anything and decides
// nothing: participant/gate is its only caller and asks the session each time.
//
// It reports what somebody copied after Open and never what it put there
// itself, also when a clipboard manager hands that on. What a password manager
// marked as secret is not even read. What it puts there carries the same
// marks, so that it stays out of histories and clouds, and so that a second
// session on this computer does not pass on what came from the first.
//
// Text that is marked with the mouse only (X11's PRIMARY) and copied files are
// left alone.
package clipboard

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"image"
	"strings"
	"sync"
	"unicode/utf8"
)

// ErrUnsupported says that this system offers no way to the clipboard.
var ErrUnsupported = errors.New("clipboard: not supported on this system")

// ErrClosed says that the clipboard was closed or the desktop went away.
var ErrClosed = errors.New("clipboard: closed")

// ErrBusy says that another program kept the clipboard to itself.
var ErrBusy = errors.New("clipboard: in use by another program")

// ErrTooLarge says that a content is larger than may be passed on.
var ErrTooLarge = errors.New("clipboard: too large")

// ErrInvalid says that a content is not what it says it is.
var ErrInvalid = errors.New("clipboard: invalid content")

// MaxText is the longest text in bytes: more than anybody pastes into a form,
// and a second on a slow line.
const MaxText = 1 << 20

// MaxImage is the longest picture in bytes of PNG.
const MaxImage = 16 << 20

// MaxSide is the longest side of a picture in pixels.
const MaxSide = 8192

// Content is what lies on a clipboard: a text or a picture.
type Content struct {
	// Text is UTF-8 without zeros, at most MaxText bytes. Lines from Windows
	// end in a line feed only.
	Text string
	// Image is a PNG that this package wrote: what else the original held,
	// such as where a photo was taken, is gone.
	Image []byte
	// Concealed says that somebody copied what a password manager marked as
	// secret. It was not read; Text and Image are empty.
	Concealed bool
	// TooLarge says that somebody copied more than may be passed on; Text and
	// Image are empty.
	TooLarge bool

	// ready is what Prepare made for Set.
	ready *offer
}

// Prepare decodes a picture that came from a peer and writes it anew, so that
// Set has nothing to do that takes long: the largest picture needs seconds.
// Errors are ErrTooLarge and ErrInvalid.
func Prepare(image []byte) (Content, error) {
	o, err := Content{Image: image}.offer()
	if err != nil {
		return Content{}, fmt.Errorf("clipboard: prepare: %w", err)
	}
	return Content{Image: o.png, ready: &o}, nil
}

// Clipboard is the clipboard of this computer. Next is called by one
// goroutine, Set and Close by any.
type Clipboard interface {
	// Next waits until somebody else has copied something, or until ctx ends,
	// and returns the newest content. What was there before Open or put there
	// by Set is not returned. Where a text and a picture of it were copied
	// together, as spreadsheets do, it is the text.
	Next(ctx context.Context) (Content, error)
	// Set puts a text or a picture there, one of the two. It came from a peer:
	// what is too large, no UTF-8 or no PNG is refused, and other programs get
	// a picture that was decoded and written anew.
	Set(c Content) error
	// Close ends Next. What Set put there may stay; see Options.
	Close() error
}

// Options say what remains. The zero value leaves the clipboard as it is,
// where the system can: X11 forgets a content together with its owner.
type Options struct {
	// ClearOnClose empties the clipboard on Close if what lies there is still
	// ours.
	ClearOnClose bool
}

// Open looks at the clipboard from now on.
func Open(o Options) (Clipboard, error) {
	sys, err := open()
	if err != nil {
		return nil, fmt.Errorf("clipboard: open: %w", err)
	}
	return &clipboard{sys: sys, clear: o.ClearOnClose}, nil
}

// system is the way of one operating system.
type system interface {
	// next waits for what somebody else copied. Sizes are bounded, nothing
	// else is checked.
	next(ctx context.Context) (found, error)
	// set takes what was checked.
	set(o offer) error
	close(clear bool) error
}

// found is what a system has on its clipboard, as it came.
type found struct {
	text                string
	png, dib            []byte
	concealed, tooLarge bool
}

// offer is what a system puts on its clipboard: a text, or a picture coded
// anew, as a PNG and in the system's own form where it has one.
type offer struct {
	text     string
	png, own []byte
}

// clipboard checks what goes in and out and knows its own content.
type clipboard struct {
	sys   system
	clear bool

	mu   sync.Mutex // guards mine
	mine [sha256.Size]byte
}

// Next returns what is worth passing on.
func (c *clipboard) Next(ctx context.Context) (Content, error) {
	for {
		f, err := c.sys.next(ctx)
		if err != nil {
			return Content{}, fmt.Errorf("clipboard: next: %w", err)
		}
		content, err := f.content()
		switch {
		case errors.Is(err, ErrTooLarge):
			return Content{TooLarge: true}, nil
		case err != nil: // what no program can read is no news
			continue
		}
		if !c.echo(content) {
			return content, nil
		}
	}
}

// Set checks c and puts it there.
func (c *clipboard) Set(content Content) error {
	o, err := content.offer()
	if err != nil {
		return fmt.Errorf("clipboard: set: %w", err)
	}
	c.mu.Lock()
	c.mine = sum(Content{Text: o.text, Image: o.png})
	c.mu.Unlock()
	if err := c.sys.set(o); err != nil {
		return fmt.Errorf("clipboard: set: %w", err)
	}
	return nil
}

// Close gives the clipboard back.
func (c *clipboard) Close() error {
	if err := c.sys.close(c.clear); err != nil {
		return fmt.Errorf("clipboard: close: %w", err)
	}
	return nil
}

// echo reports whether a content is the one that Set put there last, which a
// clipboard manager may have taken over. Once something else was copied, the
// same again is news.
func (c *clipboard) echo(content Content) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if sum(content) == c.mine {
		return true
	}
	c.mine = [sha256.Size]byte{}
	return false
}

// sum tells contents apart.
func sum(c Content) [sha256.Size]byte {
	if c.Image != nil {
		return sha256.Sum256(append([]byte{1}, c.Image...))
	}
	return sha256.Sum256(append([]byte{0}, c.Text...))
}

// content turns what a system has into what may be passed on.
func (f found) content() (Content, error) {
	switch {
	case f.concealed:
		return Content{Concealed: true}, nil
	case f.tooLarge:
		return Content{}, ErrTooLarge
	case f.png != nil:
		return pictureContent(decodePNG(f.png))
	case f.dib != nil:
		return pictureContent(parseDIB(f.dib))
	}
	// Some programs count the zero at the end of a C string as text.
	text, _, _ := strings.Cut(f.text, "\x00")
	text = strings.ToValidUTF8(text, "\uFFFD")
	switch {
	case text == "":
		return Content{}, ErrInvalid
	case len(text) > MaxText:
		return Content{}, ErrTooLarge
	}
	return Content{Text: text}, nil
}

func pictureContent(picture image.Image, err error) (Content, error) {
	if err != nil {
		return Content{}, err
	}
	data, err := encodePNG(picture)
	if err != nil {
		return Content{}, err
	}
	if len(data) > MaxImage {
		return Content{}, ErrTooLarge
	}
	return Content{Image: data}, nil
}

// offer checks what a peer sent.
func (c Content) offer() (offer, error) {
	if c.ready != nil {
		return *c.ready, nil
	}
	switch {
	case (c.Text == "") == (len(c.Image) == 0):
		return offer{}, fmt.Errorf("%w: want a text or a picture", ErrInvalid)
	case len(c.Text) > MaxText || len(c.Image) > MaxImage:
		return offer{}, ErrTooLarge
	case c.Text != "":
		if !utf8.ValidString(c.Text) || strings.Contains(c.Text, "\x00") {
			return offer{}, fmt.Errorf("%w: text", ErrInvalid)
		}
		return offer{text: c.Text}, nil
	}
	picture, err := decodePNG(c.Image)
	if err != nil {
		return offer{}, err
	}
	data, err := encodePNG(picture)
	if err != nil {
		return offer{}, err
	}
	return offer{png: data, own: ownForm(picture)}, nil
}
