package sframe

import (
	"crypto/aes"
	"crypto/cipher"
	"strconv"
	"testing"

	"lotse/crypto/secret"
)

// sizes are a key press, a packet and a tile, in bytes.
func sizes() []int { return []int{64, 1200, 16 << 10} }

func BenchmarkSeal(b *testing.B) {
	for _, n := range sizes() {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			k := newKey(b, 0x1020, secret.Bytes("base"))
			plain, meta, dst := make([]byte, n), make([]byte, 12), make([]byte, 0, n+Overhead)
			b.SetBytes(int64(n))
			b.ReportAllocs()
			for ctr := uint64(0); b.Loop(); ctr++ {
				dst = k.Seal(dst[:0], ctr, meta, plain)
			}
		})
	}
}

func BenchmarkOpen(b *testing.B) {
	for _, n := range sizes() {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			k := newKey(b, 0x1020, secret.Bytes("base"))
			meta, dst := make([]byte, 12), make([]byte, 0, n)
			record := k.Seal(nil, 7, meta, make([]byte, n))
			b.SetBytes(int64(n))
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := k.Open(dst, meta, record); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkRaw is AES-256-GCM alone, for the ratio.
func BenchmarkRaw(b *testing.B) {
	for _, n := range sizes() {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			block, err := aes.NewCipher(make([]byte, keySize))
			if err != nil {
				b.Fatal(err)
			}
			aead, err := cipher.NewGCM(block)
			if err != nil {
				b.Fatal(err)
			}
			plain, meta, nonce, dst := make([]byte, n), make([]byte, 17), make([]byte, nonceSize), make([]byte, 0, n+TagSize)
			b.SetBytes(int64(n))
			for b.Loop() {
				dst = aead.Seal(dst[:0], nonce, plain, meta)
			}
		})
	}
}
