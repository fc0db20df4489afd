package haul

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/png"
	"math/rand/v2"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"lotse/capture/clipboard"
	"lotse/participant/message"
)

// noise is a picture that does not shrink: about four bytes a pixel.
func noise(tb testing.TB, w, h int, seed byte) []byte {
	tb.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	random := rand.NewChaCha8([32]byte{seed})
	_, _ = random.Read(m.Pix)
	var out bytes.Buffer
	if err := png.Encode(&out, m); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

func (s *side) offer(t *testing.T, data []byte) {
	t.Helper()
	s.do(func(ctx context.Context) {
		if err := s.haul.Offer(ctx, data); err != nil {
			t.Errorf("Offer: %v", err)
		}
	})
}

// pass lets time go by.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// progress asks the owner.
func (s *side) progress() (p Progress) {
	s.do(func(context.Context) { p = s.haul.Progress() })
	return p
}

func TestPictureArrivesAsItWas(t *testing.T) {
	want := noise(t, 300, 200, 1)
	pair(t, 10*time.Millisecond, 1<<20, func(a, b *side, _ *line) {
		a.offer(t, want)
		pass(100 * time.Millisecond)
		if got := a.progress(); got.Incoming || got.Done == 0 || got.Done >= got.Total || got.Total != len(want) {
			t.Errorf("after 100 ms: got %+v on the way out of %d", got, len(want))
		}
		if got := b.progress(); !got.Incoming || got.Done == 0 || got.Percent() == 0 || got.Total != len(want) {
			t.Errorf("after 100 ms: got %+v on the way in of %d", got, len(want))
		}
		pass(time.Second)
		if len(b.put) != 1 || !bytes.Equal(b.put[0], want) {
			t.Errorf("got %d pictures, want the one", len(b.put))
		}
		if got, want := []Progress{a.progress(), b.progress()}, []Progress{{}, {}}; !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, want nothing under way", got)
		}
		if len(a.errs)+len(b.errs) != 0 {
			t.Errorf("got %v and %v, want no trouble", a.errs, b.errs)
		}
	})
}

func TestPictureThatMayNotComeIsNotSent(t *testing.T) {
	pair(t, 10*time.Millisecond, 1<<20, func(a, b *side, there *line) {
		b.may = false
		a.offer(t, noise(t, 300, 200, 1))
		pass(time.Second)
		if got, want := b.said, []message.Message{message.ClipDrop{ID: 1, Unwanted: true}}; !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, want %+v", got, want)
		}
		if there.most.Load() != 0 || len(b.put) != 0 || a.progress() != (Progress{}) {
			t.Errorf("got %d pieces on the line, %d pictures, %+v, want nothing", there.most.Load(), len(b.put), a.progress())
		}
	})
}

func TestRightThatEndsHalfwayEndsThePicture(t *testing.T) {
	pair(t, 10*time.Millisecond, 1<<20, func(a, b *side, _ *line) {
		a.offer(t, noise(t, 300, 200, 1))
		pass(100 * time.Millisecond)
		b.do(func(context.Context) { b.may = false })
		pass(50 * time.Millisecond) // it needs 230 in all
		if len(b.put) != 0 || a.progress() != (Progress{}) || b.progress() != (Progress{}) {
			t.Errorf("got %d pictures, %+v, %+v, want nothing", len(b.put), a.progress(), b.progress())
		}
	})
}

// The last piece may come while the right holds, and the right end while the
// picture is decoded.
func TestRightIsAskedOnceMoreWhenThePictureIsWhole(t *testing.T) {
	data := noise(t, 4, 4, 1)
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		b := newSide(t)
		go b.run(ctx)
		b.do(func(ctx context.Context) {
			b.haul.Heard(ctx, message.ClipPicture{ID: 1, Bytes: len(data), Width: 4, Height: 4})
			b.haul.Heard(ctx, message.ClipPiece{ID: 1, Data: data})
			b.may = false
		})
		if len(b.put) != 0 {
			t.Error("got the picture, want nothing: the right has ended")
		}
		cancel()
	})
}

func TestNewestPictureWins(t *testing.T) {
	want := noise(t, 100, 100, 2)
	pair(t, 10*time.Millisecond, 1<<20, func(a, b *side, _ *line) {
		a.offer(t, noise(t, 300, 200, 1))
		pass(100 * time.Millisecond)
		a.offer(t, want)
		pass(time.Second)
		if len(b.put) != 1 || !bytes.Equal(b.put[0], want) {
			t.Errorf("got %d pictures, want the second alone", len(b.put))
		}
	})
}

func TestAbandonedPictureNeverArrives(t *testing.T) {
	for name, stop := range map[string]func(a, b *side){
		"by the sender": func(a, _ *side) {
			a.do(func(ctx context.Context) {
				if !a.haul.StopOut(ctx) || a.haul.StopOut(ctx) {
					t.Error("want one picture to stop, and then none")
				}
			})
		},
		"by the receiver":     func(_, b *side) { b.do(b.haul.StopIn) },
		"by a right here":     func(a, _ *side) { a.gone.Store(true) },
		"by the sender's end": func(a, _ *side) { a.do(func(context.Context) { a.haul.Close() }) },
	} {
		pair(t, 10*time.Millisecond, 1<<20, func(a, b *side, _ *line) {
			a.offer(t, noise(t, 300, 200, 1))
			pass(100 * time.Millisecond)
			stop(a, b)
			pass(2 * Patience)
			if len(b.put) != 0 || a.progress() != (Progress{}) || b.progress() != (Progress{}) {
				t.Errorf("%s: got %d pictures, %+v, %+v, want nothing", name, len(b.put), a.progress(), b.progress())
			}
		})
	}
}

func TestSilenceEndsAPicture(t *testing.T) {
	data := noise(t, 300, 200, 1)
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		a, b := newSide(t), newSide(t)
		go a.run(ctx)
		go b.run(ctx)
		a.offer(t, data)
		b.heard(message.ClipPicture{ID: 1, Bytes: len(data), Width: 300, Height: 200})
		pass(Patience - 2*time.Second)
		if a.progress().Total == 0 || b.progress().Total == 0 {
			t.Error("given up too early")
		}
		pass(5 * time.Second)
		if got, want := a.said[len(a.said)-1], message.Message(message.ClipDrop{ID: 1}); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		if got, want := b.said[len(b.said)-1], message.Message(message.ClipDrop{ID: 1, Unwanted: true}); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		cancel()
	})
}

// header is a PNG that says it is of that size and ends there.
func header(w, h uint32) []byte {
	chunk := binary.BigEndian.AppendUint32([]byte("IHDR"), w)
	chunk = append(binary.BigEndian.AppendUint32(chunk, h), 8, 6, 0, 0, 0)
	out := append([]byte("\x89PNG\r\n\x1a\n"), 0, 0, 0, 13)
	return binary.BigEndian.AppendUint32(append(out, chunk...), crc32.ChecksumIEEE(chunk))
}

func TestWhatIsNoPictureReachesNoClipboard(t *testing.T) {
	good := noise(t, 4, 4, 1)
	for name, row := range map[string]struct {
		want message.ClipPicture
		data []byte
		err  error
	}{
		"no PNG":        {message.ClipPicture{Width: 4, Height: 4}, []byte("GIF89a"), errFalse},
		"another size":  {message.ClipPicture{Width: 4, Height: 5}, good, errFalse},
		"half of it":    {message.ClipPicture{Width: 4, Height: 4}, good[:len(good)/2], clipboard.ErrInvalid},
		"a bomb":        {message.ClipPicture{Width: 8192, Height: 8192}, header(1<<20, 1<<20), errFalse},
		"a header only": {message.ClipPicture{Width: 8192, Height: 8192}, header(8192, 8192), clipboard.ErrInvalid},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			b := newSide(t)
			go b.run(ctx)
			row.want.ID, row.want.Bytes = 7, len(row.data)
			b.heard(row.want)
			b.heard(message.ClipPiece{ID: 7, Data: row.data})
			if len(b.put) != 0 || len(b.errs) != 1 || !errors.Is(b.errs[0], row.err) {
				t.Errorf("%s: got %d pictures and %v, want none and %v", name, len(b.put), b.errs, row.err)
			}
			cancel()
		})
	}
}

func TestMoreThanAnnouncedIsGivenUp(t *testing.T) {
	data := noise(t, 4, 4, 1)
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		b := newSide(t)
		go b.run(ctx)
		b.heard(message.ClipPicture{ID: 7, Bytes: len(data) - 1, Width: 4, Height: 4})
		b.heard(message.ClipPiece{ID: 7, Data: data})
		b.heard(message.ClipPiece{ID: 7, Data: data})
		if len(b.put) != 0 || len(b.errs) != 1 || !errors.Is(b.errs[0], errFalse) {
			t.Errorf("got %d pictures and %v, want none and one %v", len(b.put), b.errs, errFalse)
		}
		cancel()
	})
}

// Whoever announces the largest picture and sends little gets little memory.
func TestMemoryGrowsWithWhatCame(t *testing.T) {
	i := &in{want: message.ClipPicture{ID: 1, Bytes: message.MaxClipPicture}}
	if _, err := i.add(make([]byte, message.MaxClipPiece), time.Time{}); err != nil {
		t.Fatal(err)
	}
	if got, most := cap(i.data), 4*message.MaxClipPiece; got > most {
		t.Errorf("got %d bytes, want at most %d", got, most)
	}
}

// A peer that sends picture after picture has one decoded at a time, and the
// newest is what stays.
func TestOnePictureIsDecodedAtATime(t *testing.T) {
	first, second, third := noise(t, 4, 4, 1), noise(t, 4, 4, 2), noise(t, 4, 4, 3)
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		b := newSide(t)
		go b.run(ctx)
		b.do(func(ctx context.Context) {
			b.haul.Heard(ctx, message.ClipPicture{ID: 1, Bytes: len(first), Width: 4, Height: 4})
			b.haul.Heard(ctx, message.ClipPiece{ID: 1, Data: first})
			for id, data := range [][]byte{second, third} {
				b.haul.Heard(ctx, message.ClipPicture{ID: uint32(2 + id), Bytes: len(data), Width: 4, Height: 4})
				b.haul.Heard(ctx, message.ClipPiece{ID: uint32(2 + id), Data: data})
			}
		})
		b.heard(message.ClipPiece{ID: 3, Data: third})
		if len(b.put) != 1 || !bytes.Equal(b.put[0], third) {
			t.Errorf("got %d pictures, want the third alone", len(b.put))
		}
		taken := message.ClipTaken{ID: 1, Bytes: len(first)}
		want := []message.Message{message.ClipTaken{ID: 1}, taken, message.ClipTaken{ID: 3}, message.ClipTaken{ID: 3, Bytes: len(third)}}
		if !reflect.DeepEqual(b.said, want) {
			t.Errorf("got  %+v\nwant %+v", b.said, want)
		}
		cancel()
	})
}

func TestPictureLeavesNoMoreInTheQueueThanTheSlack(t *testing.T) {
	const speed = 250_000 // bytes a second, 2 Mbit/s
	data := noise(t, 400, 300, 1)
	pair(t, 20*time.Millisecond, speed, func(a, b *side, there *line) {
		begun := time.Now()
		a.offer(t, data)
		for waits := true; waits && time.Since(begun) < time.Minute; {
			pass(time.Millisecond)
			b.do(func(context.Context) { waits = len(b.put) == 0 })
		}
		took, least := time.Since(begun), time.Duration(len(data))*time.Second/speed
		t.Logf("%d bytes took %v, the line alone %v; at most %d pieces waited", len(data), took, least, there.most.Load())
		if took > least*3/2 {
			t.Errorf("took %v, want at most half more than the line's %v", took, least)
		}
		if got, most := there.most.Load(), int64(3); got > most {
			t.Errorf("%d pieces waited, want at most %d", got, most)
		}
	})
}

func TestFastLineIsUsed(t *testing.T) {
	data := noise(t, 1000, 500, 1)
	pair(t, 25*time.Millisecond, 0, func(a, b *side, _ *line) {
		begun := time.Now()
		a.offer(t, data)
		for waits := true; waits && time.Since(begun) < time.Minute; {
			pass(time.Millisecond)
			b.do(func(context.Context) { waits = len(b.put) == 0 })
		}
		const most = time.Second
		if took := time.Since(begun); took > most {
			t.Errorf("%d bytes took %v with 50 ms there and back, want at most %v", len(data), took, most)
		}
	})
}

func TestOfferRefusesWhatIsNoPicture(t *testing.T) {
	s := newSide(t)
	if err := s.haul.Offer(t.Context(), []byte("GIF89a")); err == nil || len(s.said) != 0 {
		t.Errorf("got %v and %v said, want an error and nothing", err, s.said)
	}
	if err := s.haul.Offer(t.Context(), header(message.MaxClipSide+1, 1)); !errors.Is(err, clipboard.ErrTooLarge) || len(s.said) != 0 {
		t.Errorf("got %v and %v said, want %v and nothing", err, s.said, clipboard.ErrTooLarge)
	}
}

// FuzzNothingIsPutThatMayNotBe lets the other side say anything while the right
// comes and goes.
func FuzzNothingIsPutThatMayNotBe(f *testing.F) {
	data := noise(f, 4, 4, 1)
	f.Add([]byte{0, 1, 2, 1, 3, 1, 4, 1})
	f.Add([]byte{5, 0, 1, 5, 2, 1, 6, 1, 0, 2, 2, 2})
	f.Fuzz(func(t *testing.T, script []byte) {
		const longest = 128
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			b := newSide(t)
			go b.run(ctx)
			for script = script[:min(len(script), longest)]; len(script) >= 2; script = script[2:] {
				before := len(b.put)
				b.step(script[0], uint32(script[1]), data)
				if len(b.put) > before && !b.may {
					t.Fatal("a picture was put without the right")
				}
				if h := b.haul; h.in != nil && len(h.in.data) > h.in.want.Bytes {
					t.Fatalf("got %d bytes of %d", len(h.in.data), h.in.want.Bytes)
				}
			}
			cancel()
		})
	})
}

func (s *side) step(what byte, id uint32, data []byte) {
	switch what % 8 {
	case 0:
		s.heard(message.ClipPicture{ID: id, Bytes: len(data), Width: 4, Height: 4})
	case 1:
		s.heard(message.ClipPicture{ID: id, Bytes: message.MaxClipPicture, Width: 4, Height: 4})
	case 2:
		s.heard(message.ClipPiece{ID: id, Data: data})
	case 3:
		s.heard(message.ClipTaken{ID: id, Bytes: int(id) * 100})
	case 4:
		s.heard(message.ClipDrop{ID: id, Unwanted: id%2 == 0})
	case 5:
		s.do(func(context.Context) { s.may = !s.may })
	case 6:
		s.do(func(ctx context.Context) { _ = s.haul.Offer(ctx, data) })
	default:
		pass(Patience)
	}
}
