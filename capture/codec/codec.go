// Package codec turns the states of a screen into small updates and back. It
// is pure Go, keeps no clock and trusts nothing that it decodes.
//
// What moved is copied, what has one colour is named, text and controls are
// coded bit exactly, and photographs are sent about right first and bit
// exactly when there is time; films are left to a video coder. FORMAT.md describes the bytes.
package codec

import (
	"errors"
	"fmt"

	"lotse/capture"
)

// Version is the format's version; it is the first byte of every update.
const Version = 2

// MaxUpdate is the largest update in bytes that is written or read.
const MaxUpdate = 8 << 20

// ErrFormat says that an update is not one of ours, or was cut or altered.
var ErrFormat = errors.New("codec: malformed update")

// ErrGap says that an update continues a picture that this decoder does not
// have; only an update made with Options.Key can follow.
var ErrGap = errors.New("codec: update does not follow the last one")

// ErrFrame says that a frame given to an Encoder contradicts itself or is
// larger than capture.MaxSide and capture.MaxPixels allow.
var ErrFrame = errors.New("codec: impossible frame")

// Config says how an Encoder treats photographs. The zero value is good for
// a line of 1 Mbit/s and more.
type Config struct {
	// PhotoQuality is the quality of photographs at first sight, 1 to 100;
	// 0 means 70.
	PhotoQuality int
	// CoarseQuality is used instead when the photographs of an update would
	// not fit into Options.Budget, 1 to PhotoQuality; 0 means 25, or
	// PhotoQuality where that is less.
	CoarseQuality int
	// LosslessOnly sends nothing approximately: every update is bit
	// exact.
	LosslessOnly bool
	// Video codes areas in which a film plays while Options.VideoRate allows
	// it; nil sends them as photographs.
	Video Video
}

// The default qualities of screen.md §2.
const (
	defaultQuality = 70
	defaultCoarse  = 25
)

// checked returns c with its defaults filled in.
func (c Config) checked() (Config, error) {
	if c.PhotoQuality == 0 {
		c.PhotoQuality = defaultQuality
	}
	if c.CoarseQuality == 0 {
		c.CoarseQuality = min(defaultCoarse, c.PhotoQuality)
	}
	if c.PhotoQuality < 1 || c.PhotoQuality > 100 {
		return c, fmt.Errorf("codec: Config.PhotoQuality %d is not in 1 to 100", c.PhotoQuality)
	}
	if c.CoarseQuality < 1 || c.CoarseQuality > c.PhotoQuality {
		return c, fmt.Errorf("codec: Config.CoarseQuality %d is not in 1 to %d", c.CoarseQuality, c.PhotoQuality)
	}
	return c, nil
}

// Options says what one update is for.
type Options struct {
	// Key makes an update that can be decoded without any earlier one.
	Key bool
	// Quality is the quality of photographs in this update, 1 to 100; 0 means
	// Config.PhotoQuality.
	Quality int
	// VideoRate is how many bits a second a film may take; 0 means that this
	// update has no video, because a viewer can't decode it.
	VideoRate int
	// Refine is how many bytes may be spent on sending photographs again,
	// better or bit exactly, where they have not changed. It is overrun by
	// one step at the most, about 1 KiB.
	Refine int
	// Budget is how many bytes the update should have; 0 means as many as
	// it takes. What does not fit is owed and part of the next update. It is
	// overrun by one small rectangle at the most: a few kilobytes, or 30 where
	// Config.LosslessOnly meets a photograph.
	Budget int
}

// Limits is the largest picture that a Decoder accepts; it allocates eight
// bytes for each pixel of it. Zero fields mean capture.MaxSide and
// capture.MaxPixels.
type Limits struct {
	// Side is the longest side in pixels.
	Side int
	// Pixels is the largest area in pixels.
	Pixels int
}

// checked returns l with its defaults filled in, and never more than the
// house allows.
func (l Limits) checked() Limits {
	if l.Side <= 0 || l.Side > capture.MaxSide {
		l.Side = capture.MaxSide
	}
	if l.Pixels <= 0 || l.Pixels > capture.MaxPixels {
		l.Pixels = capture.MaxPixels
	}
	return l
}

// checked returns o with values out of range brought back.
func (o Options) checked(c Config) Options {
	if o.Quality <= 0 || o.Quality > 100 {
		o.Quality = c.PhotoQuality
	}
	if c.LosslessOnly || c.Video == nil {
		o.VideoRate = 0
	}
	return o
}

func (l Limits) allow(w, h int) bool {
	return w > 0 && h > 0 && w <= l.Side && h <= l.Side && w*h <= l.Pixels
}
