// Package canon turns values into bytes in exactly one way: length-prefixed
// lists for hashing and deterministic CBOR (RFC 8949 §4.2.1) for messages.
//
// It refuses every other spelling of the same value: duplicate keys,
// indefinite lengths, tags, unknown fields, deep or long structures, trailing
// bytes and bad UTF-8. Signatures are made over the bytes that travelled,
// never over a re-encoding.
package canon

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/fxamacker/cbor/v2"
)

// LV joins the arguments, each behind its length as uint32 big-endian
// (protocol.md: LV).
func LV(parts ...[]byte) []byte {
	size := 0
	for _, p := range parts {
		size += 4 + len(p)
	}
	out := make([]byte, 0, size)
	for _, p := range parts {
		out = binary.BigEndian.AppendUint32(out, uint32(len(p)))
		out = append(out, p...)
	}
	return out
}

// Uint returns n as eight big-endian bytes, for use as an argument of LV.
func Uint(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// limits of what is decoded; protocol.md §4.
const (
	maxElements = 4096
	maxDepth    = 8
)

//nolint:gochecknoglobals // two immutable tables, built once
var encMode, decMode = modes()

func modes() (cbor.EncMode, cbor.DecMode) {
	enc, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		panic("canon: encoding options: " + err.Error())
	}
	dec, err := cbor.DecOptions{
		DupMapKey:         cbor.DupMapKeyEnforcedAPF,
		IndefLength:       cbor.IndefLengthForbidden,
		TagsMd:            cbor.TagsForbidden,
		MaxArrayElements:  maxElements,
		MaxMapPairs:       maxElements,
		MaxNestedLevels:   maxDepth,
		UTF8:              cbor.UTF8RejectInvalid,
		ExtraReturnErrors: cbor.ExtraDecErrorUnknownField,
	}.DecMode()
	if err != nil {
		panic("canon: decoding options: " + err.Error())
	}
	return enc, dec
}

// Marshal returns v as deterministic CBOR. It panics when v holds a type that
// has no CBOR form, which is a mistake in the program, not in its input.
func Marshal(v any) []byte {
	out, err := encMode.Marshal(v)
	if err != nil {
		panic("canon: marshal: " + err.Error())
	}
	return out
}

// ErrSpelling says that data is CBOR, but not the one spelling of its value:
// a number in more bytes than it needs, keys out of order, an array of another
// length than its Go type, a field that should have been left out.
var ErrSpelling = errors.New("canon: not the deterministic encoding")

// Unmarshal reads the one CBOR value that fills data into v, which must be a
// pointer to a zero value. It fails on anything that Marshal would not have
// written: the value is encoded again and compared.
func Unmarshal(data []byte, v any) error {
	if err := decMode.Unmarshal(data, v); err != nil {
		return fmt.Errorf("canon: %w", err)
	}
	again, err := encMode.Marshal(v)
	if err != nil {
		return fmt.Errorf("canon: %w", err)
	}
	if !bytes.Equal(again, data) {
		return ErrSpelling
	}
	return nil
}
