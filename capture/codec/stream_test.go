package codec

import (
	"bytes"
	"errors"
	"image"
	"math/rand/v2"
	"slices"
	"testing"

	"lotse/capture"
	"lotse/capture/capturetest"
)

func TestScenesArriveExactly(t *testing.T) {
	for _, scene := range capturetest.Scenes() {
		t.Run(scene.Name, func(t *testing.T) {
			t.Parallel()
			p := newPipe(t, Config{LosslessOnly: true})
			for f := range scene.Frames(320, 240, 45) {
				p.send(f, Options{})
				p.same(f)
			}
			if p.enc.Pending() {
				t.Error("something is pending though everything is exact")
			}
		})
	}
}

// quiet passes the last frame on without changes until nothing is pending.
func (p *pipe) quiet(f *capture.Frame, o Options) (updates int) {
	p.t.Helper()
	still := *f
	still.Dirty = []image.Rectangle{}
	for p.enc.Pending() {
		if updates++; updates > 5000 {
			p.t.Fatal("refinement does not end")
		}
		p.send(&still, o)
	}
	return updates
}

func TestScenesAreExactAfterRefinement(t *testing.T) {
	for _, scene := range capturetest.Scenes() {
		t.Run(scene.Name, func(t *testing.T) {
			t.Parallel()
			p := newPipe(t, Config{})
			var last *capture.Frame
			for f := range scene.Frames(320, 240, 42) {
				p.send(f, Options{Budget: 20_000, Refine: 500})
				p.exactWhereNotPending(f)
				last = capturetest.Clone(f)
			}
			p.quiet(last, Options{Refine: 30_000})
			p.same(last)
		})
	}
}

// exactWhereNotPending fails if a tile that the encoder takes for exact is
// not.
func (p *pipe) exactWhereNotPending(f *capture.Frame) {
	p.t.Helper()
	t := &p.enc.tiles
	pix, stride, _ := p.dec.Picture()
	for i := range t.class {
		r := t.whole(i)
		for y := r.Min.Y; t.lossy[i] == exact && t.class[i] != waiting && y < r.Max.Y; y++ {
			is, was := f.Pix[y*f.Stride+4*r.Min.X:y*f.Stride+4*r.Max.X], pix[y*stride+4*r.Min.X:y*stride+4*r.Max.X]
			if differ(is, was) {
				p.t.Fatalf("tile %d at %v is taken for exact and is not", i, r)
			}
		}
	}
}

func TestRefinementStaysWithinItsBytes(t *testing.T) {
	p := newPipe(t, Config{})
	scene, _ := capturetest.Named("idle")
	for f := range scene.Frames(400, 300, 1) {
		p.send(f, Options{})
		if !p.enc.Pending() {
			t.Fatal("a photograph was exact at once")
		}
		f.Dirty = []image.Rectangle{}
		for range 20 {
			update := p.send(f, Options{Refine: 4096})
			if got, want := len(update), 4096+1024; got == 0 || got > want {
				t.Errorf("got %d bytes, want 1 to %d", got, want)
			}
		}
	}
}

func TestBudgetShowsTextFirst(t *testing.T) {
	p := newPipe(t, Config{})
	f := blank(320, 240)
	rnd := rand.New(rand.NewPCG(7, 8))
	noise(f, image.Rect(0, 0, 320, 128), rnd)
	words := image.Rect(0, 128, 320, 240)
	for y := words.Min.Y; y < words.Max.Y; y += 3 {
		fill(f, image.Rect(y%7, y, 300-y%11, y+1), 0xff8040)
	}
	update := p.send(f, Options{Budget: 3000})
	if got, want := len(update), 3000+smallTiles*200; got > want {
		t.Errorf("got %d bytes, want at most %d", got, want)
	}
	got, stride, _ := p.dec.Picture()
	if !bytes.Equal(opaque(f.Pix[words.Min.Y*f.Stride:]), got[words.Min.Y*stride:]) {
		t.Error("text did not come first")
	}
	if !p.enc.Pending() {
		t.Error("nothing is pending after a small budget")
	}
	p.quiet(f, Options{Budget: 9000, Refine: 6000})
	p.same(f)
}

// opaque returns pix with an alpha of 255.
func opaque(pix []byte) []byte {
	out := bytes.Clone(pix)
	for i := 3; i < len(out); i += 4 {
		out[i] = 255
	}
	return out
}

func TestUpdateNeverOutgrowsItsLimit(t *testing.T) {
	p := newPipe(t, Config{LosslessOnly: true})
	p.enc.largest = reserve + 100_000
	f := blank(450, 450)
	noise(f, f.Bounds(), rand.New(rand.NewPCG(9, 10)))
	updates := 0
	for ; updates == 0 || p.enc.Pending(); updates++ {
		if update := p.send(f, Options{}); len(update) > p.enc.largest {
			t.Fatalf("got an update of %d bytes, want at most %d", len(update), p.enc.largest)
		}
		if updates > 9 {
			t.Fatal("what is owed never comes")
		}
	}
	p.same(f)
	if updates < 2 {
		t.Error("everything came at once; the limit was not tried")
	}
}

func TestBudgetIsKeptByALittle(t *testing.T) {
	const budget = 4000
	p := newPipe(t, Config{LosslessOnly: true})
	f := blank(320, 240)
	noise(f, f.Bounds(), rand.New(rand.NewPCG(23, 24)))
	updates := 0
	for ; updates == 0 || p.enc.Pending(); updates++ {
		if got, want := len(p.send(f, Options{Budget: budget})), budget+smallTiles*tileSide*tileSide*4; got > want {
			t.Errorf("got %d bytes, want at most %d", got, want)
		}
		if updates > 99 {
			t.Fatal("what is owed never comes")
		}
	}
	p.same(f)
}

func TestScrollIsACopy(t *testing.T) {
	p := newPipe(t, Config{LosslessOnly: true})
	page := blank(320, 700)
	noise(page, page.Bounds(), rand.New(rand.NewPCG(11, 12)))
	view := func(y int) *capture.Frame {
		return &capture.Frame{Pix: page.Pix[y*page.Stride:], Stride: page.Stride, W: 320, H: 480}
	}
	p.send(view(0), Options{})
	for _, y := range []int{17, 60, 50, 3} {
		update := p.send(view(y), Options{})
		p.same(view(y))
		if got, want := len(update), 320*60*4; got > want {
			t.Errorf("scrolled to %d: got %d bytes, want at most %d", y, got, want)
		}
	}
}

func TestMovesAreNeverTrusted(t *testing.T) {
	p := newPipe(t, Config{LosslessOnly: true})
	rnd := rand.New(rand.NewPCG(13, 14))
	f := blank(320, 240)
	noise(f, f.Bounds(), rnd)
	p.send(f, Options{})
	for range 8 {
		noise(f, image.Rect(10, 10, 100, 100), rnd)
		to := image.Pt(rnd.IntN(700)-350, rnd.IntN(700)-350)
		f.Moves = []capture.Move{{From: image.Pt(rnd.IntN(320), rnd.IntN(240)), To: image.Rectangle{to, to.Add(image.Pt(500, 9))}}}
		p.send(f, Options{})
		p.same(f)
	}
}

func TestMovedPiecesArriveTogether(t *testing.T) {
	// Two windows change places: each copy paints over the other's source.
	p := newPipe(t, Config{LosslessOnly: true})
	rnd := rand.New(rand.NewPCG(15, 16))
	f := blank(400, 200)
	noise(f, f.Bounds(), rnd)
	p.send(f, Options{})
	left, right := image.Rect(0, 0, 160, 200), image.Rect(240, 0, 400, 200)
	swapped := capturetest.Clone(f)
	for y := range 200 {
		row := swapped.Pix[y*f.Stride:]
		copy(row[:4*left.Dx()], f.Pix[y*f.Stride+4*right.Min.X:])
		copy(row[4*right.Min.X:4*right.Max.X], f.Pix[y*f.Stride:])
	}
	swapped.Moves = []capture.Move{{From: right.Min, To: left}, {From: left.Min, To: right}}
	update := p.send(swapped, Options{})
	p.same(swapped)
	if got, want := len(update), 100; got > want {
		t.Errorf("got %d bytes, want at most %d", got, want)
	}
}

func TestMovesReadWhatStoodThereBefore(t *testing.T) {
	rnd := rand.New(rand.NewPCG(17, 18))
	const w, h = 23, 17
	index := func(x, y int) int { return y*w + x }
	for range 500 {
		px := make([]uint32, w*h)
		for i := range px {
			px[i] = rnd.Uint32()
		}
		want := slices.Clone(px)
		var moves []move
		for range 1 + rnd.IntN(4) {
			size := image.Pt(1+rnd.IntN(w), 1+rnd.IntN(h))
			to := image.Pt(rnd.IntN(w-size.X+1), rnd.IntN(h-size.Y+1))
			m := move{image.Rectangle{to, to.Add(size)}, image.Pt(rnd.IntN(w-size.X+1), rnd.IntN(h-size.Y+1))}
			moves = append(moves, m)
			for y := range size.Y {
				for x := range size.X {
					want[index(to.X+x, to.Y+y)] = px[index(m.from.X+x, m.from.Y+y)]
				}
			}
		}
		apply(px, index, 1, moves)
		if !slices.Equal(px, want) {
			t.Fatalf("moves %+v: got %x, want %x", moves, px, want)
		}
	}
}

func TestLossIsAGapUntilAKeyUpdate(t *testing.T) {
	p := newPipe(t, Config{})
	f := capturetest.Pattern(100, 80, 1)
	encode := func(seed uint32, key bool) []byte {
		f = capturetest.Pattern(100, 80, seed)
		update, err := p.enc.Encode(nil, f, Options{Key: key})
		if err != nil {
			t.Fatal(err)
		}
		return update
	}
	first, second, third, fourth := encode(1, false), encode(2, false), encode(3, false), encode(4, true)
	expect := func(name string, update []byte, want error) {
		t.Helper()
		if _, err := p.dec.Decode(update); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", name, err, want)
		}
	}
	expect("second before first", second, ErrGap)
	expect("first", first, nil)
	before := bytes.Clone(p.dec.pix)
	expect("third before second", third, ErrGap)
	expect("cut second", second[:len(second)-1], ErrFormat)
	if !bytes.Equal(before, p.dec.pix) {
		t.Error("a refused update changed the picture")
	}
	expect("second", second, nil)
	expect("second again", second, ErrGap)
	expect("fourth, a key update", fourth, nil)
	p.same(f)
	p.agree()
}

func TestDamageFoundWhilePaintingNeedsAKeyUpdate(t *testing.T) {
	p := newPipe(t, Config{LosslessOnly: true})
	f := blank(64, 64)
	rnd := rand.New(rand.NewPCG(19, 20))
	p.send(f, Options{})
	noise(f, f.Bounds(), rnd)
	update, err := p.enc.Encode(nil, f, Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := &reader{b: update}
	h, err := parseHead(r)
	if err != nil {
		t.Fatal(err)
	}
	ops, coded, err := parseBody(r, image.Pt(64, 64))
	if err != nil {
		t.Fatal(err)
	}
	var again []byte
	for _, o := range ops {
		again = o.append(again)
	}
	short := cloneUpdate(h, again, len(ops), coded[:len(coded)/2])
	if _, err := p.dec.Decode(short); !errors.Is(err, ErrFormat) {
		t.Errorf("half of the pixels: got %v, want ErrFormat", err)
	}
	if _, err := p.dec.Decode(update); !errors.Is(err, ErrGap) {
		t.Errorf("after that: got %v, want ErrGap", err)
	}
	fill(f, f.Bounds(), 0x808080)
	next, err := p.enc.Encode(nil, f, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.dec.Decode(next); !errors.Is(err, ErrGap) {
		t.Errorf("the one that would be next: got %v, want ErrGap", err)
	}
	p.send(f, Options{Key: true})
	p.same(f)
}

// cloneUpdate puts an update together from its parts.
func cloneUpdate(h head, ops []byte, count int, coded []byte) []byte {
	return update{head: h, coded: coded}.append(nil, ops, count)
}

func TestSizeAndEpochBeginAnew(t *testing.T) {
	p := newPipe(t, Config{})
	a, b, c := capturetest.Pattern(100, 80, 1), capturetest.Pattern(80, 100, 1), capturetest.Pattern(80, 100, 1)
	c.Epoch = 9
	for _, f := range []*capture.Frame{a, b, c, a} {
		update := p.send(f, Options{})
		if got, want := update[1], byte(keyFlag); got != want {
			t.Errorf("flags: got %d, want %d", got, want)
		}
		p.same(f)
		if got, want := p.dec.Epoch(), f.Epoch; got != want {
			t.Errorf("epoch: got %d, want %d", got, want)
		}
	}
}

func TestOnlyDirtyPlacesAreLookedAt(t *testing.T) {
	p := newPipe(t, Config{})
	f := capturetest.Pattern(200, 200, 1)
	p.send(f, Options{})
	fill(f, image.Rect(0, 0, 5, 5), 0xff00ff)
	f.Dirty = []image.Rectangle{}
	if got := p.send(f, Options{}); got != nil {
		t.Errorf("nothing dirty: got %d bytes, want none", len(got))
	}
	f.Dirty = []image.Rectangle{image.Rect(-50, -50, 1, 1), {}}
	if got := p.send(f, Options{}); got == nil {
		t.Error("dirty corner: got nothing")
	}
	p.same(f)
}

func TestAlphaIsNoChange(t *testing.T) {
	p := newPipe(t, Config{})
	f := capturetest.Pattern(99, 33, 1)
	p.send(f, Options{})
	for i := 3; i < len(f.Pix); i += 4 {
		f.Pix[i] = byte(i)
	}
	if got := p.send(f, Options{}); got != nil {
		t.Errorf("got %d bytes, want none", len(got))
	}
}

func TestEncodeRefusesImpossibleFrames(t *testing.T) {
	good := blank(8, 8)
	tests := []struct {
		name string
		f    capture.Frame
	}{
		{"no width", capture.Frame{Pix: good.Pix, Stride: 32, W: 0, H: 8}},
		{"too wide", capture.Frame{Pix: good.Pix, Stride: 1 << 20, W: capture.MaxSide + 1, H: 1}},
		{"short rows", capture.Frame{Pix: good.Pix, Stride: 31, W: 8, H: 8}},
		{"short", capture.Frame{Pix: good.Pix[:255], Stride: 32, W: 8, H: 8}},
	}
	p := newPipe(t, Config{})
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dst := []byte{1, 2, 3}
			got, err := p.enc.Encode(dst, &test.f, Options{})
			if !errors.Is(err, ErrFrame) || !bytes.Equal(got, dst) {
				t.Errorf("got %x, %v, want %x, ErrFrame", got, err, dst)
			}
		})
	}
	p.send(good, Options{})
	p.same(good)
}

func TestConfigNamesTheFieldThatIsWrong(t *testing.T) {
	for _, c := range []Config{{PhotoQuality: 101}, {PhotoQuality: -1}} {
		if _, err := NewEncoder(c); err == nil || !bytes.Contains([]byte(err.Error()), []byte("PhotoQuality")) {
			t.Errorf("%+v: got %v, want an error that names PhotoQuality", c, err)
		}
	}
	if _, err := NewEncoder(Config{PhotoQuality: 50, CoarseQuality: 51}); err == nil || !bytes.Contains([]byte(err.Error()), []byte("CoarseQuality")) {
		t.Errorf("got %v, want an error that names CoarseQuality", err)
	}
	if _, err := NewEncoder(Config{PhotoQuality: 5}); err != nil {
		t.Errorf("quality 5: got %v, want nil", err)
	}
}

func TestDecoderKeepsItsLimits(t *testing.T) {
	p := newPipe(t, Config{})
	update, err := p.enc.Encode(nil, capturetest.Pattern(64, 32, 1), Options{})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		limits Limits
		want   error
	}{
		{Limits{}, nil},
		{Limits{Side: 64, Pixels: 64 * 32}, nil},
		{Limits{Side: 63}, ErrFormat},
		{Limits{Pixels: 64*32 - 1}, ErrFormat},
	}
	for _, test := range tests {
		d := NewDecoder(test.limits)
		if _, err := d.Decode(update); !errors.Is(err, test.want) {
			t.Errorf("%+v: got %v, want %v", test.limits, err, test.want)
		}
	}
	if _, err := NewDecoder(Limits{}).Decode(make([]byte, MaxUpdate+1)); !errors.Is(err, ErrFormat) {
		t.Errorf("too long: got %v, want ErrFormat", err)
	}
}

func TestDirtyCoversWhatChanged(t *testing.T) {
	p := newPipe(t, Config{})
	scene, _ := capturetest.Named("drag")
	var before []byte
	for f := range scene.Frames(320, 240, 20) {
		update, err := p.enc.Encode(nil, f, Options{})
		if err != nil {
			t.Fatal(err)
		}
		dirty, err := p.dec.Decode(update)
		if err != nil {
			t.Fatal(err)
		}
		pix, stride, _ := p.dec.Picture()
		for _, r := range dirty {
			for y := r.Min.Y; before != nil && y < r.Max.Y; y++ {
				copy(before[y*stride+4*r.Min.X:y*stride+4*r.Max.X], pix[y*stride+4*r.Min.X:])
			}
		}
		if before != nil && !bytes.Equal(before, pix) {
			t.Fatal("pixels changed that are not in dirty")
		}
		before = bytes.Clone(pix)
	}
}

func TestTextBesideAPhotoStaysExact(t *testing.T) {
	p := newPipe(t, Config{})
	rnd := rand.New(rand.NewPCG(21, 22))
	f := capturetest.Pattern(320, 240, 4)
	p.send(f, Options{})
	shot := image.Rect(37, 41, 203, 187)
	for range 5 {
		noise(f, shot, rnd)
		p.send(f, Options{})
		got, stride, _ := p.dec.Picture()
		for y := range f.H {
			for x := range f.W {
				is, want := got[y*stride+4*x:y*stride+4*x+3], f.Pix[y*f.Stride+4*x:y*f.Stride+4*x+3]
				if !image.Pt(x, y).In(shot) && !bytes.Equal(is, want) {
					t.Fatalf("pixel %d, %d outside of the photo: got %x, want %x", x, y, is, want)
				}
			}
		}
	}
	if !p.enc.Pending() {
		t.Error("noise was not taken for a photograph")
	}
}

func TestTypedTextIsNeverAPhoto(t *testing.T) {
	for _, c := range []struct {
		name    string
		w, h, n int
	}{{"typing", 640, 400, 39}, {"slides", 640, 400, 39}, {"typing", 1280, 720, 60}} {
		p := newPipe(t, Config{})
		scene, _ := capturetest.Named(c.name)
		n := 0
		for f := range scene.Frames(c.w, c.h, c.n) {
			p.send(f, Options{})
			p.same(f)
			if n++; p.enc.Pending() {
				t.Fatalf("%s of %d × %d, frame %d: text was sent as a photograph", c.name, c.w, c.h, n)
			}
		}
	}
}

func TestEdgeOfAPhotoIsAPhoto(t *testing.T) {
	rnd := rand.New(rand.NewPCG(25, 26))
	for _, r := range []image.Rectangle{image.Rect(3, 0, 7, 16), image.Rect(0, 5, 16, 12), image.Rect(0, 0, 16, 16)} {
		f := blank(16, 16)
		noise(f, r, rnd)
		if !varietyOf(f, r).photographic() {
			t.Errorf("noise in %v: got text, want a photograph", r)
		}
	}
}

// TestTableThatMovesAskewIsFoundWhole moves a table whose columns repeat, so
// that pieces of its rows look as if they had only gone down.
func TestTableThatMovesAskewIsFoundWhole(t *testing.T) {
	p := newPipe(t, Config{LosslessOnly: true})
	f := blank(800, 600)
	rnd := rand.New(rand.NewPCG(31, 32))
	fill(f, f.Bounds(), 0xffffff)
	table := blank(400, 300)
	fill(table, table.Bounds(), 0xeeeeee)
	for y := range table.H {
		ink := rnd.Uint32N(1 << 24)
		for x := 0; x+8 <= table.W && y%14 < 9; x += 8 {
			if x > table.W*3/8 { // from here on no two columns are the same
				ink = rnd.Uint32N(1 << 24)
			}
			fill(table, image.Rect(x+1, y, x+4, y+1), ink)
		}
	}
	at := image.Pt(100, 100)
	for range 2 {
		fill(f, f.Bounds(), 0xffffff)
		for y := range table.H {
			copy(f.Pix[(at.Y+y)*f.Stride+4*at.X:][:4*table.W], table.Pix[y*table.Stride:])
		}
		u := p.send(f, Options{})
		p.same(f)
		if at.X > 100 {
			if len(u) > 700 {
				t.Errorf("got %d bytes for a table that only moved, want at most 700", len(u))
			}
		}
		at = at.Add(image.Pt(8, 3))
	}
}

// TestPageBesideItsScrollBarIsFoundWhole scrolls a page whose bar begins
// farther down.
func TestPageBesideItsScrollBarIsFoundWhole(t *testing.T) {
	p := newPipe(t, Config{LosslessOnly: true})
	rnd := rand.New(rand.NewPCG(33, 34))
	page := blank(800, 1000)
	fill(page, page.Bounds(), 0xffffff)
	for y := 30; y < page.H; y++ {
		for x := 8; x < page.W-8; x += 8 {
			fill(page, image.Rect(x, y, x+3, y+1), rnd.Uint32N(1<<24))
		}
	}
	for i, at := range []int{0, 13} {
		f := blank(820, 600)
		fill(f, f.Bounds(), 0xffffff)
		for y := range f.H {
			copy(f.Pix[y*f.Stride:], page.Pix[(y+at)*page.Stride:][:4*page.W])
		}
		for y := 123; y < f.H; y++ {
			fill(f, image.Rect(804, y, 816, y+1), uint32(y*3+i*1000))
		}
		u := p.send(f, Options{})
		p.same(f)
		if i > 0 && len(u) > 12_000 {
			t.Errorf("got %d bytes for a page that moved by 13 rows, want at most 12000", len(u))
		}
	}
}

// TestGrainyGroundLaidBareIsAPhoto moves a window over a sky with little grain.
func TestGrainyGroundLaidBareIsAPhoto(t *testing.T) {
	p := newPipe(t, Config{})
	rnd := rand.New(rand.NewPCG(35, 36))
	sky := blank(800, 600)
	for i := range sky.Pix {
		sky.Pix[i] = byte(40 + rnd.Uint32N(3))
	}
	worst := 0
	for x := 96; x < 300; x += 8 {
		f := capturetest.Clone(sky)
		fill(f, image.Rect(x, 101, x+300, 401), 0xf0f0f0)
		fill(f, image.Rect(x+10, 111, x+100, 121), 0x202020)
		u := p.send(f, Options{})
		if x > 96 {
			worst = max(worst, len(u))
		}
	}
	if worst > 1000 {
		t.Errorf("got %d bytes for 2400 pixels laid bare, want at most 1000", worst)
	}
}
