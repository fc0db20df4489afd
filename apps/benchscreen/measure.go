//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"lotse/capture/codec"
	"lotse/capture/video"
)

// result is what one way of sending a scene took.
type result struct {
	scene, way string
	// kbit a second after the first picture, milliseconds of one core a frame.
	kbit, encode, decode float64
	// first is the size of the first picture in bytes.
	first int
	// luma and chroma are peak signal-to-noise ratios in decibels over all
	// pixels of all frames: of light, and of the worse colour difference.
	luma, chroma float64
	note         string
}

// quality adds up errors.
type quality struct {
	sum [3]float64
	n   int
}

// add compares two pictures, BGRA in rows of the same length. Every fourth row
// is looked at.
func (q *quality) add(a, b []byte, stride int) {
	for y := 0; y+stride <= len(a); y += 4 * stride {
		if bytes.Equal(a[y:y+stride], b[y:y+stride]) {
			q.n += stride / 4
			continue
		}
		for i := y; i < y+stride; i += 4 {
			p, r := ycc(a[i:]), ycc(b[i:])
			for k := range p {
				d := p[k] - r[k]
				q.sum[k] += d * d
			}
		}
		q.n += stride / 4
	}
}

func ycc(p []byte) [3]float64 {
	b, g, r := float64(p[0]), float64(p[1]), float64(p[2])
	return [3]float64{
		0.299*r + 0.587*g + 0.114*b,
		-0.168736*r - 0.331264*g + 0.5*b,
		0.5*r - 0.418688*g - 0.081312*b,
	}
}

// exactly is printed for no error at all.
const exactly = 99

func (q *quality) result() (luma, chroma float64) {
	db := func(sum float64) float64 {
		if sum == 0 {
			return exactly
		}
		return min(10*math.Log10(255*255*float64(q.n)/sum), exactly)
	}
	return db(q.sum[0]), min(db(q.sum[1]), db(q.sum[2]))
}

// cpu is the time that this thread has computed.
func cpu() time.Duration {
	var u syscall.Rusage
	const thread = 1 // RUSAGE_THREAD
	if err := syscall.Getrusage(thread, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func ms(d time.Duration, n int) float64 { return d.Seconds() * 1000 / float64(max(n, 1)) }

func kbit(bytes, frames int) float64 {
	return float64(bytes) * 8 * rate / float64(max(frames, 1)) / 1000
}

// videoRate is what a film may take, in bits a second.
const videoRate = 800_000

// ours measures our codec. refine is what a line of 2 Mbit/s leaves for making
// photographs exact while nothing changes.
func ours(r *recording, way string, c codec.Config) (result, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	out := result{scene: r.name, way: way}
	enc, err := codec.NewEncoder(c)
	if err != nil {
		return out, err
	}
	defer enc.Close()
	dec := codec.NewDecoder(codec.Limits{})
	dec.UseVideo(c.Video)
	defer dec.Close()
	var q quality
	var spent [2]time.Duration
	bytes, n := 0, 0
	for f := range r.frames() {
		o := codec.Options{VideoRate: videoRate}
		began := cpu()
		u, err := enc.Encode(nil, f, o)
		if err != nil {
			return out, err
		}
		coded := cpu()
		if len(u) > 0 {
			if _, err := dec.Decode(u); err != nil {
				return out, err
			}
		}
		if n > 0 {
			spent[0] += coded - began
			spent[1] += cpu() - coded
			bytes += len(u)
		} else {
			out.first = len(u)
		}
		pix, stride, _ := dec.Picture()
		q.add(f.Pix, pix, stride)
		n++
	}
	out.kbit, out.encode, out.decode = kbit(bytes, n-1), ms(spent[0], n-1), ms(spent[1], n-1)
	out.luma, out.chroma = q.result()
	return out, nil
}

// peers of libavcodec, in the modes that are meant for screens.
func peers() map[string][]string {
	return map[string][]string{
		"VP9 screen": {
			"-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "7", "-tune-content", "screen", "-lag-in-frames", "0",
			"-crf", "24", "-b:v", "0", "-aq-mode", "0", "-row-mt", "0", "-threads", "1", "-g", "100000", "-static-thresh", "0",
		},
		"AV1 screen": {
			"-c:v", "libaom-av1", "-usage", "realtime", "-cpu-used", "8", "-crf", "30", "-b:v", "0", "-lag-in-frames", "0",
			"-threads", "1", "-row-mt", "0", "-g", "100000", "-aom-params", "tune-content=screen:enable-palette=1:enable-intrabc=0",
		},
	}
}

// peer measures an encoder of libavcodec through ffmpeg.
func peer(ctx context.Context, r *recording, way string, args []string, dir string) (result, error) {
	out := result{scene: r.name, way: way}
	raw := []string{"-hide_banner", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "bgra", "-s", fmt.Sprintf("%dx%d", r.size.X, r.size.Y), "-r", strconv.Itoa(rate), "-i", "-"}
	file := filepath.Join(dir, r.name+"-"+strings.ReplaceAll(way, " ", "-")+".ivf")
	idle, err := feed(ctx, r, append(raw, "-pix_fmt", "yuv420p", "-f", "null", "-")) // reading and converting
	if err != nil {
		return out, err
	}
	took, err := feed(ctx, r, append(append(raw, "-pix_fmt", "yuv420p"), append(args, "-y", file)...))
	if err != nil {
		return out, err
	}
	first, rest, n, err := ivf(file)
	if err != nil {
		return out, err
	}
	out.first, out.kbit, out.encode = first, kbit(rest, n-1), ms(took-idle, n)
	decode := exec.CommandContext(ctx, "ffmpeg", "-hide_banner", "-loglevel", "error", "-threads", "1", "-i", file, "-f", "null", "-") //nolint:gosec // G204: a file of our own
	if err := decode.Run(); err != nil {
		return out, fmt.Errorf("decode %s: %w", file, err)
	}
	out.decode = ms(decode.ProcessState.UserTime()+decode.ProcessState.SystemTime(), n)
	out.luma, out.chroma, err = compare(ctx, r, file)
	return out, errors.Join(err, os.Remove(file))
}

// feed gives all frames to ffmpeg and returns what that took of the processor.
func feed(ctx context.Context, r *recording, args []string) (time.Duration, error) {
	cmd := exec.CommandContext(ctx, "ffmpeg", args...) //nolint:gosec // G204: arguments of this file
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return 0, err
	}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	for f := range r.frames() {
		if _, err := in.Write(f.Pix); err != nil {
			break // ffmpeg says why
		}
	}
	if err := errors.Join(in.Close(), cmd.Wait()); err != nil {
		return 0, fmt.Errorf("ffmpeg %v: %w", args, err)
	}
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), nil
}

// ivf adds up the frames of an IVF file: u32 size and u64 time before each,
// behind a head of 32 bytes.
func ivf(file string) (first, rest, n int, err error) {
	b, err := os.ReadFile(file) //nolint:gosec // G304: ffmpeg has just written it for us
	if err != nil {
		return 0, 0, 0, err
	}
	const head, frameHead = 32, 12
	for at := head; at+frameHead <= len(b); n++ {
		size := int(binary.LittleEndian.Uint32(b[at:]))
		if n == 0 {
			first = size
		} else {
			rest += size
		}
		at += frameHead + size
	}
	return first, rest, n, nil
}

// compare decodes a file to BGRA and compares each frame.
func compare(ctx context.Context, r *recording, file string) (luma, chroma float64, err error) {
	cmd := exec.CommandContext(ctx, "ffmpeg", "-hide_banner", "-loglevel", "error", "-i", file, "-pix_fmt", "bgra", "-f", "rawvideo", "-") //nolint:gosec // G204: a file of our own
	from, err := cmd.StdoutPipe()
	if err != nil {
		return 0, 0, err
	}
	if err := cmd.Start(); err != nil {
		return 0, 0, err
	}
	var q quality
	picture := make([]byte, 4*r.size.X*r.size.Y)
	for f := range r.frames() {
		if _, err = io.ReadFull(from, picture); err != nil {
			break
		}
		q.add(f.Pix, picture, f.Stride)
	}
	_, _ = io.Copy(io.Discard, from)
	luma, chroma = q.result()
	return luma, chroma, errors.Join(err, cmd.Wait())
}

// table writes results as Markdown.
func table(w io.Writer, all []result) {
	fmt.Fprintln(w, "| scene | way | kbit/s | encode ms | decode ms | PSNR-Y dB | worst chroma dB | first paint kB | |")
	fmt.Fprintln(w, "|---|---|---:|---:|---:|---:|---:|---:|---|")
	for _, r := range all {
		fmt.Fprintf(w, "| %s | %s | %.1f | %.2f | %.2f | %.1f | %.1f | %.0f | %s |\n",
			r.scene, r.way, r.kbit, r.encode, r.decode, r.luma, r.chroma, float64(r.first)/1000, r.note)
	}
}

// goals are those of the design: kbit a second and milliseconds of encoding.
func goals() map[string][2]float64 {
	return map[string][2]float64{
		"typing": {22, 1.5}, "scroll": {450, 7}, "drag": {450, 7}, "slides": {600, 5}, "film": {1000, 8}, "idle": {1, 0.3},
	}
}

func judge(r *result) {
	g := goals()[r.scene]
	word := func(got, want float64) string {
		if got <= want {
			return "met"
		}
		return fmt.Sprintf("missed: %.2f ×", got/want)
	}
	r.note = fmt.Sprintf("%g kbit/s %s; %g ms %s", g[0], word(r.kbit, g[0]), g[1], word(r.encode, g[1]))
}

// ownWays are the ways that our codec is measured in.
func ownWays() map[string]codec.Config {
	return map[string]codec.Config{
		"Lotse":          {Video: video.Best()},
		"Lotse lossless": {LosslessOnly: true},
	}
}
