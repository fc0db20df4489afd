// Package sframe seals single records: SFrame (RFC 9605) with the one suite
// 0x0005, AES_256_GCM_SHA512_128. A record is a header that names key and
// counter, the ciphertext and a tag of 16 bytes.
//
// It keeps no counters: a counter that is used twice under one key gives the
// content away. crypto/epoch owns them.
package sframe

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha512"
	"encoding/binary"
	"errors"
	"fmt"

	"lotse/crypto/secret"
)

// Suite is the number of AES_256_GCM_SHA512_128 in RFC 9605 section 4.5.
const Suite uint16 = 0x0005

const (
	keySize   = 32 // Nk of the suite, bytes
	nonceSize = 12 // Nn of the suite, bytes
	// TagSize is Nt of the suite in bytes.
	TagSize = 16
	// Overhead is how many bytes a record is longer than its content at
	// most.
	Overhead = MaxHeader + TagSize
)

// ErrOpen says that a record is not what its sender sealed under this key, or
// that the metadata differs.
var ErrOpen = errors.New("sframe: record does not open")

// ErrKID says that a record names another key.
var ErrKID = errors.New("sframe: record is under another key")

// Key seals and opens records under one KID. It keeps scratch space and so is
// for one goroutine at a time.
type Key struct {
	aead    cipher.AEAD
	kid     uint64
	salt    [nonceSize]byte
	nonce   [nonceSize]byte
	scratch []byte
}

// NewKey derives the key and salt of kid from base (RFC 9605 section 4.4.2).
func NewKey(kid uint64, base secret.Bytes) (*Key, error) {
	key, salt, err := derive(kid, base.Reveal())
	if err != nil {
		return nil, fmt.Errorf("sframe: derive: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("sframe: cipher: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("sframe: mode: %w", err)
	}
	return &Key{aead: aead, kid: kid, salt: [nonceSize]byte(salt)}, nil
}

func derive(kid uint64, base []byte) (key, salt []byte, err error) {
	prk, err := hkdf.Extract(sha512.New, base, nil)
	if err != nil {
		return nil, nil, err
	}
	key, err = hkdf.Expand(sha512.New, prk, label("SFrame 1.0 Secret key ", kid), keySize)
	if err != nil {
		return nil, nil, err
	}
	salt, err = hkdf.Expand(sha512.New, prk, label("SFrame 1.0 Secret salt ", kid), nonceSize)
	return key, salt, err
}

func label(text string, kid uint64) string {
	b := binary.BigEndian.AppendUint64([]byte(text), kid)
	return string(binary.BigEndian.AppendUint16(b, Suite))
}

// KID returns the number that records under this key carry.
func (k *Key) KID() uint64 { return k.kid }

// Seal appends the record of plaintext under counter ctr to dst. The metadata
// is authenticated and does not travel in the record. plaintext and dst must
// not overlap.
func (k *Key) Seal(dst []byte, ctr uint64, metadata, plaintext []byte) []byte {
	start := len(dst)
	dst = AppendHeader(dst, k.kid, ctr)
	k.prepare(ctr, dst[start:], metadata)
	return k.aead.Seal(dst, k.nonce[:], plaintext, k.scratch)
}

// Open appends the content of record to dst and returns it with the record's
// counter. On error dst comes back unchanged. record and dst must not overlap.
func (k *Key) Open(dst, metadata, record []byte) ([]byte, uint64, error) {
	h, err := ParseHeader(record)
	if err != nil {
		return dst, 0, err
	}
	if h.KID != k.kid {
		return dst, 0, ErrKID
	}
	k.prepare(h.CTR, record[:h.Size], metadata)
	out, err := k.aead.Open(dst, k.nonce[:], record[h.Size:], k.scratch)
	if err != nil {
		return dst, 0, ErrOpen
	}
	return out, h.CTR, nil
}

// prepare sets the nonce (salt XOR counter) and the associated data (header,
// then metadata); RFC 9605 section 4.4.3.
func (k *Key) prepare(ctr uint64, header, metadata []byte) {
	k.nonce = k.salt
	var c [8]byte
	binary.BigEndian.PutUint64(c[:], ctr)
	for i, b := range c {
		k.nonce[nonceSize-len(c)+i] ^= b
	}
	k.scratch = append(append(k.scratch[:0], header...), metadata...)
}
