package codec

import (
	"bytes"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"lotse/capture"
	"lotse/capture/capturetest"
)

// The benchmarks play a scene of benchFrames frames on a screen of 1920 ×
// 1080; the first paint is reported apart.
const (
	benchW, benchH = 1920, 1080
	benchFrames    = 60
)

// tally is what a scene took.
type tally struct {
	first, rest, plain int
	firstTime, time    time.Duration
	worst              time.Duration
	frames             int
}

func (s *tally) report(b *testing.B) {
	b.Helper()
	n := float64(s.frames)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(ms(s.time)/n, "ms/frame")
	b.ReportMetric(ms(s.worst), "ms/worst")
	b.ReportMetric(ms(s.firstTime), "ms/first")
	if s.rest > 0 {
		b.ReportMetric(float64(s.rest)*8*capturetest.Rate/n/1000, "kbit/s")
		b.ReportMetric(float64(s.first)/1000, "kB/first")
	}
	if s.plain > 0 {
		b.ReportMetric(float64(s.plain)/float64(max(s.rest, 1)), "x-less-than-zstd")
	}
}

func (s *tally) count(first bool, n int, d time.Duration) {
	if first {
		s.first, s.firstTime = n, d
		return
	}
	s.rest += n
	s.time += d
	s.worst = max(s.worst, d)
	s.frames++
}

func BenchmarkEncode(b *testing.B) {
	for _, scene := range capturetest.Scenes() {
		b.Run(scene.Name, func(b *testing.B) {
			var sum tally
			for b.Loop() {
				sum = tally{}
				encodeScene(b, scene, Config{}, &sum)
			}
			sum.report(b)
		})
	}
}

func BenchmarkEncodeLossless(b *testing.B) {
	for _, name := range []string{"typing", "scroll", "drag"} {
		scene, _ := capturetest.Named(name)
		b.Run(scene.Name, func(b *testing.B) {
			var sum tally
			for b.Loop() {
				sum = tally{}
				encodeScene(b, scene, Config{LosslessOnly: true}, &sum)
			}
			sum.report(b)
		})
	}
}

func encodeScene(b *testing.B, scene capturetest.Scene, c Config, sum *tally) {
	b.Helper()
	enc, err := NewEncoder(c)
	if err != nil {
		b.Fatal(err)
	}
	packer, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		b.Fatal(err)
	}
	var buf, plain, packed []byte
	i := 0
	for f := range scene.Frames(benchW, benchH, benchFrames) {
		start := time.Now()
		buf, err = enc.Encode(buf[:0], f, Options{})
		took := time.Since(start)
		if err != nil {
			b.Fatal(err)
		}
		sum.count(i == 0, len(buf), took)
		if i > 0 {
			plain = dirtyBytes(plain[:0], f)
			packed = packer.EncodeAll(plain, packed[:0])
			sum.plain += len(packed)
		}
		i++
	}
}

// dirtyBytes returns the pixels that f reports as dirty.
func dirtyBytes(dst []byte, f *capture.Frame) []byte {
	for _, r := range f.Dirty {
		for y := r.Min.Y; y < r.Max.Y; y++ {
			dst = append(dst, f.Pix[y*f.Stride+4*r.Min.X:y*f.Stride+4*r.Max.X]...)
		}
	}
	return dst
}

func BenchmarkDecode(b *testing.B) {
	for _, scene := range capturetest.Scenes() {
		updates := record(b, scene)
		b.Run(scene.Name, func(b *testing.B) {
			var sum tally
			for b.Loop() {
				sum = tally{}
				d := NewDecoder(Limits{})
				for i, u := range updates {
					start := time.Now()
					if len(u) > 0 {
						if _, err := d.Decode(u); err != nil {
							b.Fatal(err)
						}
					}
					sum.count(i == 0, 0, time.Since(start))
				}
			}
			sum.report(b)
		})
	}
}

// record returns the updates of a scene, empty ones too.
func record(b *testing.B, scene capturetest.Scene) [][]byte {
	b.Helper()
	enc, err := NewEncoder(Config{})
	if err != nil {
		b.Fatal(err)
	}
	var out [][]byte
	for f := range scene.Frames(benchW, benchH, benchFrames) {
		u, err := enc.Encode(nil, f, Options{})
		if err != nil {
			b.Fatal(err)
		}
		out = append(out, bytes.Clone(u))
	}
	return out
}
