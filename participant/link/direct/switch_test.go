package direct

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"lotse/crypto/epoch"
	"lotse/participant/message"
	"lotse/relay/wire"
)

// TestEverythingArrivesOnceAndInOrderHoweverOftenTheWayChanges sends on three
// lanes while a path comes, is cut without a word or hung up at any moment, and
// comes again.
func TestEverythingArrivesOnceAndInOrderHoweverOftenTheWayChanges(t *testing.T) {
	for seed := range uint64(12) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 0))
			p := newPair(t, time.Duration(random.IntN(120))*time.Millisecond)
			want := map[epoch.Stream]int{epoch.PairControl: 3000, epoch.PairInput: 3000, epoch.Clipboard: 1500}
			for s, n := range want {
				every := time.Duration(3+random.IntN(3)) * time.Millisecond
				p.all.Go(func() { p.send(s, n, every) })
			}
			changes := 0
			p.all.Go(func() {
				for p.ctx.Err() == nil {
					a, b := p.join(time.Duration(random.IntN(60)) * time.Millisecond)
					<-time.After(time.Duration(random.IntN(1500)) * time.Millisecond)
					switch random.IntN(4) {
					case 0:
						a.Close()
					case 1:
						a.cutOut(true)
					case 2:
						b.cutOut(true)
					case 3:
						a.cutOut(true)
						b.cutOut(true)
					}
					if random.IntN(2) == 0 { // what is late arrives all the same
						<-time.After(300 * time.Millisecond)
						a.cutOut(false)
						b.cutOut(false)
					}
					<-time.After(time.Duration(random.IntN(1500)) * time.Millisecond)
					changes++
				}
			})
			p.receive(want)
			s := p.master.Stats()
			p.close()
			if s.DirectSent < 1<<16 || s.RelaySent < 1<<16 || changes < 3 {
				t.Errorf("seed %d: %d bytes directly, %d over the relay, %d changes: not both ways were used", seed, s.DirectSent, s.RelaySent, changes)
			}
		})
	}
}

// TestSilenceLeadsBackToTheRelayWithin700Milliseconds cuts each direction of a
// path, and both.
func TestSilenceLeadsBackToTheRelayWithin700Milliseconds(t *testing.T) {
	for name, cut := range map[string]func(master, member *end){
		"both":       func(a, b *end) { a.cutOut(true); b.cutOut(true) },
		"to member":  func(a, _ *end) { a.cutOut(true) },
		"to master":  func(_, b *end) { b.cutOut(true) },
		"in the end": func(a, _ *end) { a.Close() },
	} {
		synctest.Test(t, func(t *testing.T) {
			const trip, relayed = 40 * time.Millisecond, 40 * time.Millisecond
			p := newPair(t, relayed)
			a, b := p.join(trip / 2)
			p.up(true)
			const n = 400
			p.all.Go(func() { p.send(epoch.PairInput, n, 5*time.Millisecond) })
			var at time.Time
			p.all.Go(func() {
				<-time.After(500 * time.Millisecond)
				at = time.Now()
				cut(a, b)
			})
			came := p.receive(map[epoch.Stream]int{epoch.PairInput: n})[epoch.PairInput]
			p.up(false)
			p.close()
			worst := time.Duration(0)
			for i, c := range came[1:] {
				worst = max(worst, c.Sub(came[i]))
			}
			t.Logf("%s: no input for %v, cut after %v", name, worst, at.Sub(came[0]))
			if worst > 700*time.Millisecond+relayed {
				t.Errorf("%s: nothing arrived for %v", name, worst)
			}
		})
	}
}

func TestWhatIsSentDirectlyDoesNotGoOverTheRelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, 30*time.Millisecond)
		p.all.Go(func() { p.send(epoch.PairControl, 10, 0) })
		p.receive(map[epoch.Stream]int{epoch.PairControl: 10})
		before := p.master.Stats()
		p.join(10 * time.Millisecond)
		p.up(true)
		f, err := p.toMember.Seal(epoch.PairControl, numbered(epoch.PairControl, 10))
		if err != nil {
			t.Fatal(err)
		}
		if err := p.master.Send(p.ctx, f); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		got, err := p.member.Receive(p.ctx)
		if err != nil || got.Channel != wire.MasterConn || time.Since(began) > 15*time.Millisecond {
			t.Errorf("got %d from %d after %v, %v", got.Type, got.Channel, time.Since(began), err)
		}
		after := p.master.Stats()
		p.close()
		if after.RelaySent != before.RelaySent || after.DirectSent != uint64(len(f.Payload)) || before.DirectSent != 0 {
			t.Errorf("got %+v, before %+v", after, before)
		}
	})
}

// TestFramesForEverybodyGoDirectlyInARoomOfTwoAlone sends into the room.
func TestFramesForEverybodyGoDirectlyInARoomOfTwoAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, 30*time.Millisecond)
		p.join(10 * time.Millisecond)
		p.up(true)
		f := wire.Frame{Type: wire.Record, Flags: wire.Flags(wire.LanePicture) | wire.First | wire.Last, Channel: wire.Everybody, Payload: make([]byte, 100)}
		for i, sole := range []uint32{0, theirs, 0} {
			p.master.Sole(sole)
			if err := p.master.Send(p.ctx, f); err != nil {
				t.Fatal(err)
			}
			want := Stats{DirectSent: uint64(100 * ((i + 1) / 2)), RelaySent: uint64(100 * (i/2 + 1))}
			if got := p.master.Stats(); got != want {
				t.Errorf("sole %d: got %+v, want %+v", sole, got, want)
			}
		}
		hand := wire.Frame{Type: wire.Handshake, Channel: theirs, Payload: []byte{1}}
		if err := p.master.Send(p.ctx, hand); err != nil {
			t.Fatal(err)
		}
		if s := p.master.Stats(); s.DirectSent != 100 {
			t.Error("a handshake went directly")
		}
		p.close()
	})
}

// TestBulkWaitsForTheLineAndInputDoesNot fills a path of 250 kB/s with bulk.
func TestBulkWaitsForTheLineAndInputDoesNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, 30*time.Millisecond)
		a, _ := p.join(20 * time.Millisecond)
		p.up(true)
		a.out[wire.LaneBulk].set(true, false) // nothing of it is acknowledged
		ctx, cancel := context.WithTimeout(p.ctx, 100*time.Millisecond)
		defer cancel()
		sent := 0
		for i := 0; ; i++ {
			f, err := p.toMember.Seal(epoch.Clipboard, message.ClipPiece{ID: 1, Data: make([]byte, 8000)})
			if err != nil {
				t.Fatal(err)
			}
			if err := p.master.Send(ctx, f); err != nil {
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %v", err)
				}
				break
			}
			sent += len(f.Payload)
		}
		if sent > firstWindow || sent < firstWindow/2 {
			t.Errorf("%d bytes were under way, want at most %d", sent, firstWindow)
		}
		f, err := p.toMember.Seal(epoch.PairInput, message.Text{Text: "x"})
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if err := p.master.Send(p.ctx, f); err != nil {
			t.Fatal(err)
		}
		got, err := p.member.Receive(p.ctx)
		if err != nil || got.Flags.Lane() != wire.LaneInput || time.Since(began) > 25*time.Millisecond {
			t.Errorf("got lane %v after %v, %v, want input at once", got.Flags.Lane(), time.Since(began), err)
		}
		p.close()
	})
}

// TestRubbishCostsThePathAlone has the member's side break the rules in every
// way, while the master types.
func TestRubbishCostsThePathAlone(t *testing.T) {
	whole := wire.Flags(wire.LaneControl) | wire.First | wire.Last
	one := piece{bits: pieceFirst | pieceLast, number: 0, flags: whole, data: []byte("x")}
	late, inside, input := one, one, one
	late.number, inside.bits = 7, pieceLast
	input.flags = wire.Flags(wire.LaneInput) | wire.First | wire.Last
	far, cut := input, input
	far.number, cut.bits = quickDepth+1, pieceFirst
	long := piece{bits: pieceFirst, flags: whole, data: make([]byte, maxPiece)}
	for name, do := range map[string]func(e *end){
		"nothing":         func(e *end) { _ = e.Write(0, nil) },
		"short":           func(e *end) { _ = e.Write(0, make([]byte, pieceHead-1)) },
		"bits":            func(e *end) { _ = e.Write(0, append([]byte{0xff}, make([]byte, 20)...)) },
		"future number":   func(e *end) { _ = e.Write(0, late.append(nil)) },
		"no beginning":    func(e *end) { _ = e.Write(0, inside.append(nil)) },
		"other lane":      func(e *end) { _ = e.Write(0, input.append(nil)) },
		"far input":       func(e *end) { _ = e.Write(1, far.append(nil)) },
		"input in pieces": func(e *end) { _ = e.Write(1, cut.append(nil)) },
		"endless": func(e *end) {
			for range 8 {
				_ = e.Write(0, long.append(nil))
				long.bits = 0
			}
		},
		"short state": func(e *end) { _ = e.Write(stateChannel, make([]byte, stateSize-1)) },
		"false echo":  func(e *end) { _ = e.Write(stateChannel, state{number: 1 << 30, heard: 1 << 30}.bytes()) },
		"false ack": func(e *end) {
			_ = e.Write(stateChannel, state{number: 1 << 30, due: [wire.Lanes]uint32{1 << 20}}.bytes())
		},
		"another channel": func(e *end) { _ = e.other.put(struct{}{}) },
	} {
		synctest.Test(t, func(t *testing.T) {
			p := newPair(t, 30*time.Millisecond)
			a, b := p.join(10 * time.Millisecond)
			p.up(true)
			evil := b
			if name == "another channel" {
				evil = a
			}
			p.all.Go(func() { p.send(epoch.PairInput, 200, 5*time.Millisecond) })
			<-time.After(300 * time.Millisecond)
			do(evil)
			<-time.After(100 * time.Millisecond)
			if p.master.Up(theirs) {
				t.Errorf("%s: the path stands", name)
			}
			p.receive(map[epoch.Stream]int{epoch.PairInput: 200})
			p.close()
		})
	}
}

// TestForgottenConnectionSendsNothingMore forgets a peer with records under way.
func TestForgottenConnectionSendsNothingMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, 30*time.Millisecond)
		a, _ := p.join(10 * time.Millisecond)
		p.up(true)
		a.cutOut(true)
		p.send(epoch.PairControl, 5, 0)
		p.master.Forget(theirs)
		<-time.After(time.Second)
		if s := p.master.Stats(); s.RelaySent != 0 || p.master.Up(theirs) {
			t.Errorf("got %+v, up %t", s, p.master.Up(theirs))
		}
		p.close()
	})
}

// TestWhatAPathDidNotCarryIsNoFloodForTheRelay ends a path with a second of input
// under way: a relay hangs up where more comes at once than its lane holds.
func TestWhatAPathDidNotCarryIsNoFloodForTheRelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, 30*time.Millisecond)
		a, _ := p.join(10 * time.Millisecond)
		p.up(true)
		a.cutOut(true)
		const n = 200
		p.send(epoch.PairInput, n, 0)
		a.Close()
		<-time.After(time.Second)
		if all, most := p.slow.flood(); all != n || most > 32 {
			t.Errorf("got %d records, at most %d at once, want %d and 32", all, most, n)
		}
		p.close()
	})
}

// TestFlushWaitsForThoseItNames and no longer than it has to.
func TestFlushWaitsForThoseItNames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, 30*time.Millisecond)
		_, b := p.join(10 * time.Millisecond)
		p.up(true)
		b.out[wire.LaneControl].set(true, false) // says nothing any more, so it acknowledges nothing
		p.send(epoch.PairControl, 1, 0)
		for _, row := range []struct {
			conns []uint32
			waits bool
		}{{[]uint32{theirs + 1}, false}, {[]uint32{theirs}, true}, {nil, true}} {
			begun := time.Now()
			ctx, cancel := context.WithTimeout(p.ctx, 5*time.Millisecond)
			p.master.Flush(ctx, row.conns...)
			cancel()
			if waited := time.Since(begun) > 0; waited != row.waits {
				t.Errorf("%v: waited %v, want %t", row.conns, time.Since(begun), row.waits)
			}
		}
		p.close()
	})
}

// TestRelayThatInventsConnectionsFillsNoMemory sends records of more members than
// a room has, and what is none.
func TestRelayThatInventsConnectionsFillsNoMemory(t *testing.T) {
	s := New(Config{})
	for conn := range uint32(4 * maxOrders) {
		for _, kind := range []wire.Type{wire.Handshake, wire.Record} {
			if err := s.deliver(t.Context(), conn, wire.Frame{Type: kind, Channel: conn, Payload: []byte("noise")}, overRelay); err != nil {
				t.Fatal(err)
			}
			if f, ok := s.next(); !ok || f.Channel != conn || f.Type != kind {
				t.Fatalf("connection %d: got %+v, %t", conn, f, ok)
			}
		}
		if conn == 0 && len(s.orders) != 1 {
			t.Errorf("got %d orders, want one of a record's", len(s.orders))
		}
	}
	if len(s.orders) > maxOrders {
		t.Errorf("got %d orders, at most %d", len(s.orders), maxOrders)
	}
}

// TestEndOfTheRelayEndsAll closes the relay under a path.
func TestEndOfTheRelayEndsAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, 30*time.Millisecond)
		p.stop()
		p.all.Wait()
		ab := newTube[wire.Frame](0)
		s := New(Config{Relay: &relay{out: ab, in: ab}})
		done := make(chan error, 1)
		go func() { done <- s.Run(t.Context()) }()
		ab.set(false, true)
		if err := <-done; err == nil {
			t.Error("Run: got nil")
		}
		if _, err := s.Receive(t.Context()); !errors.Is(err, ErrClosed) {
			t.Errorf("got %v, want %v", err, ErrClosed)
		}
	})
}
