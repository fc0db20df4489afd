package haul

import (
	"bytes"
	"errors"
	"fmt"
	"image/png"
	"time"

	"lotse/capture/clipboard"
	"lotse/participant/message"
)

// errFalse says that a picture is not what was announced.
var errFalse = errors.New("haul: not the picture that was announced")

// in is a picture on its way in. Memory grows with what arrives, up to what was
// announced and a message may announce.
type in struct {
	want message.ClipPicture
	data []byte
	at   time.Time // when the last piece came
	read bool      // it is complete and being decoded
}

// add takes the next piece and reports whether it was the last.
func (i *in) add(data []byte, now time.Time) (done bool, err error) {
	if i.read || len(i.data)+len(data) > i.want.Bytes {
		return false, fmt.Errorf("%w: more than %d bytes", errFalse, i.want.Bytes)
	}
	i.data, i.at = append(i.data, data...), now
	i.read = len(i.data) == i.want.Bytes
	return i.read, nil
}

func (i *in) stale(now time.Time) bool { return !i.read && now.Sub(i.at) > Patience }

// picture makes of what came what may be put on a clipboard. No byte of it is
// one that came. It takes up to seconds.
func picture(want message.ClipPicture, data []byte) (clipboard.Content, error) {
	config, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return clipboard.Content{}, fmt.Errorf("%w: %w", errFalse, err)
	}
	if config.Width != want.Width || config.Height != want.Height {
		return clipboard.Content{}, fmt.Errorf("%w: %d×%d pixels, not %d×%d", errFalse, config.Width, config.Height, want.Width, want.Height)
	}
	content, err := clipboard.Prepare(data)
	if err != nil {
		return clipboard.Content{}, fmt.Errorf("haul: %w", err)
	}
	return content, nil
}
