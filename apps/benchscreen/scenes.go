//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"lotse/apps/stage"
)

// size is that of the screens in pixels.
func size() image.Point { return image.Pt(1920, 1080) }

// real is a scene of programs that people use: what has to be there before
// anything is recorded, and what happens then.
type real struct {
	name    string
	prepare func(ctx context.Context, d *stage.Display, dir string) ([]*stage.Process, error)
	play    func(ctx context.Context, d *stage.Display) error
}

// settle is how long programs may take to draw their windows.
const settle = 4 * time.Second

func reals() []real {
	return []real{
		{"typing", editor, typing},
		{"scroll", browser, scroll},
		{"drag", window, drag},
		{"slides", slideshow, nothing},
		{"film", nobody, movie},
		{"idle", clock, nothing},
	}
}

// record plays a scene on a display of its own.
func record(ctx context.Context, s real, dir string, length time.Duration) (*recording, error) {
	d, err := stage.StartDisplay(ctx, size())
	if err != nil {
		return nil, err
	}
	defer d.Close()
	wm, err := stage.Start(ctx, stage.Command{Name: "openbox", Env: d.Env()})
	if err != nil {
		return nil, err
	}
	started := []*stage.Process{wm}
	defer func() {
		for _, p := range started {
			_ = p.Stop() // the display goes too
		}
	}()
	wallpaper := filepath.Join(dir, "wallpaper.png")
	if err := write(wallpaper, landscape(size(), 1)); err != nil {
		return nil, err
	}
	if err := run(ctx, d, "feh", "--no-fehbg", "--bg-fill", wallpaper); err != nil {
		return nil, err
	}
	more, err := s.prepare(ctx, d, dir)
	started = append(started, more...)
	if err != nil {
		return nil, err
	}
	wait(ctx, settle)
	return film(ctx, s.name, d, length, func(ctx context.Context) error { return s.play(ctx, d) })
}

// run starts a short program and waits for it.
func run(ctx context.Context, d *stage.Display, name string, args ...string) error {
	p, err := stage.Start(ctx, stage.Command{Name: name, Args: args, Env: d.Env()})
	if err != nil {
		return err
	}
	<-p.Done()
	return nil
}

func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

func start(ctx context.Context, d *stage.Display, name string, args ...string) ([]*stage.Process, error) {
	p, err := stage.Start(ctx, stage.Command{Name: name, Args: args, Env: append(d.Env(), "HOME="+os.TempDir(), "LANG=C.UTF-8")})
	if err != nil {
		return nil, err
	}
	return []*stage.Process{p}, nil
}

// unlessOver returns err while the scene still plays.
func unlessOver(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	return nil
}

func nothing(ctx context.Context, _ *stage.Display) error {
	<-ctx.Done()
	return nil
}

func nobody(context.Context, *stage.Display, string) ([]*stage.Process, error) { return nil, nil }

// prose is text to read and to type, without end.
func prose(n int) string {
	words := strings.Fields("the customer reads a number aloud and sees who asks for what before anything is shown or moved while " +
		"letters arrive one by one on a line that carries little and still every pixel of a word is where it belongs")
	rnd := rand.New(rand.NewPCG(7, 7)) //nolint:gosec // G404: the same text every time
	var b strings.Builder
	for i := range n {
		b.WriteString(words[rnd.IntN(len(words))])
		b.WriteByte(" \n"[(i+1)%14/13])
	}
	return b.String()
}

func editor(ctx context.Context, d *stage.Display, dir string) ([]*stage.Process, error) {
	file := filepath.Join(dir, "letter.txt")
	if err := os.WriteFile(file, []byte(prose(900)), 0o600); err != nil {
		return nil, err
	}
	return start(ctx, d, "xterm", "-fa", "DejaVu Sans Mono", "-fs", "11", "-geometry", "150x50+80+60",
		"-e", "vim", "-u", "NONE", "-N", "-c", "set number", "-c", "normal 20G", "-c", "startinsert", file)
}

func typing(ctx context.Context, d *stage.Display) error {
	for _, r := range prose(200) {
		key := string(r)
		switch r {
		case ' ':
			key = "space"
		case '\n':
			key = "Return"
		}
		if err := d.Key(ctx, key); unlessOver(ctx, err) != nil {
			return err
		}
		wait(ctx, 110*time.Millisecond)
	}
	return nil
}

func browser(ctx context.Context, d *stage.Display, dir string) ([]*stage.Process, error) {
	var b strings.Builder
	b.WriteString("<!doctype html><meta charset=utf-8><style>body{font:16px DejaVu Sans;margin:30px 160px;line-height:1.5}" +
		"h2{color:#0b5cad}pre{background:#f2f4f7;padding:12px;color:#7a1f3d}td{border:1px solid #bbb;padding:3px 14px}</style>")
	for i := range 40 {
		fmt.Fprintf(&b, "<h2>%d. %s</h2><p>%s</p><pre>%s</pre>", i+1, prose(5), prose(120), prose(30))
		b.WriteString("<table>")
		for j := range 6 {
			fmt.Fprintf(&b, "<tr><td>%d</td><td>%s</td><td>%d,%02d €</td></tr>", i*100+j, prose(3), j*17+i, j*13%100)
		}
		b.WriteString("</table>")
		if i%4 == 1 {
			name := fmt.Sprintf("photo%d.png", i)
			if err := write(filepath.Join(dir, name), landscape(image.Pt(640, 360), uint64(i))); err != nil {
				return nil, err
			}
			fmt.Fprintf(&b, "<p><img src=%s></p>", name)
		}
	}
	page := filepath.Join(dir, "page.html")
	if err := os.WriteFile(page, []byte(b.String()), 0o600); err != nil {
		return nil, err
	}
	out, err := start(ctx, d, "chromium", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--user-data-dir="+filepath.Join(dir, "chromium"), "--window-position=40,20",
		"--window-size=1800,1020", "--force-device-scale-factor=1", "file://"+page)
	if err != nil {
		return out, err
	}
	wait(ctx, 2*settle)
	return out, d.Click(ctx, image.Pt(1500, 700))
}

func scroll(ctx context.Context, d *stage.Display) error {
	const down = "5"
	for ctx.Err() == nil {
		if _, err := d.Do(ctx, "click", down); unlessOver(ctx, err) != nil {
			return err
		}
		wait(ctx, 150*time.Millisecond)
	}
	return nil
}

func window(ctx context.Context, d *stage.Display, _ string) ([]*stage.Process, error) {
	return start(ctx, d, "xterm", "-title", "dragged", "-fa", "DejaVu Sans Mono", "-fs", "11", "-geometry", "90x30+100+100",
		"-e", "sh", "-c", "ls -la --color=always /usr/bin | head -28; sleep 600")
}

func drag(ctx context.Context, d *stage.Display) error {
	id, err := d.Do(ctx, "search", "--name", "dragged")
	if err != nil {
		return err
	}
	id, _, _ = strings.Cut(strings.TrimSpace(id), "\n")
	for n := 0; ctx.Err() == nil; n++ {
		k := n % 200
		if k > 100 {
			k = 200 - k
		}
		if _, err := d.Do(ctx, "windowmove", id, strconv.Itoa(100+8*k), strconv.Itoa(100+3*k)); unlessOver(ctx, err) != nil {
			return err
		}
		wait(ctx, 40*time.Millisecond)
	}
	return nil
}

func slideshow(ctx context.Context, d *stage.Display, dir string) ([]*stage.Process, error) {
	var files []string
	for i := range 8 {
		file := filepath.Join(dir, fmt.Sprintf("slide%d.png", i))
		if err := write(file, slide(i)); err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	return start(ctx, d, "feh", append([]string{"-F", "-D", "2", "-Y", "--on-last-slide", "resume"}, files...)...)
}

func movie(ctx context.Context, d *stage.Display) error {
	_, err := d.PlayFilm(ctx, image.Rect(300, 150, 300+1280, 150+720))
	return unlessOver(ctx, err)
}

func clock(ctx context.Context, d *stage.Display, _ string) ([]*stage.Process, error) {
	one, err := start(ctx, d, "xclock", "-digital", "-update", "1", "-geometry", "+1600+30")
	if err != nil {
		return one, err
	}
	two, err := start(ctx, d, "xterm", "-bc", "-fa", "DejaVu Sans Mono", "-fs", "11", "-geometry", "90x30+100+100")
	return append(one, two...), err
}

// landscape is a picture with soft hills, clouds and grain.
func landscape(s image.Point, seed uint64) *image.RGBA {
	rnd := rand.New(rand.NewPCG(seed, 3)) //nolint:gosec // G404: the same picture every time
	img := image.NewRGBA(image.Rectangle{Max: s})
	grid := newNoise(rnd)
	for y := range s.Y {
		for x := range s.X {
			u, v := float64(x)/float64(s.X), float64(y)/float64(s.Y)
			cloud := grid.at(u*4, v*6) + grid.at(u*11+3, v*13)/2 + grid.at(u*37, v*41)/4
			hill := 0.55 + 0.18*grid.at(u*3+9, 1) + 0.05*grid.at(u*17, 5)
			r, g, b := 120+70*cloud+30*v, 150+60*cloud+20*v, 205+40*cloud
			if v > hill {
				t := grid.at(u*60, v*60)*40 + grid.at(u*160, v*160)*25
				r, g, b = 60+t+40*(v-hill), 95+t+60*(v-hill), 45+t/2
			}
			n := rnd.Float64()*7 - 3.5
			img.SetRGBA(x, y, color.RGBA{R: level(r + n), G: level(g + n), B: level(b + n), A: 255})
		}
	}
	return img
}

func level(v float64) uint8 { return uint8(min(max(v, 0), 255)) }

// noise is smooth and between 0 and 1.
type noise [64][64]float64

func newNoise(rnd *rand.Rand) *noise {
	n := new(noise)
	for i := range n {
		for j := range n[i] {
			n[i][j] = rnd.Float64()
		}
	}
	return n
}

func (n *noise) at(x, y float64) float64 {
	i, j := int(x), int(y)
	u, v := x-float64(i), y-float64(j)
	u, v = u*u*(3-2*u), v*v*(3-2*v)
	p := func(i, j int) float64 { return n[i&63][j&63] }
	return (p(i, j)*(1-u)+p(i+1, j)*u)*(1-v) + (p(i, j+1)*(1-u)+p(i+1, j+1)*u)*v
}

func write(file string, img image.Image) error {
	f, err := os.Create(file) //nolint:gosec // G304: a name of our own
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	return errors.Join(png.Encode(f, img), f.Close())
}
