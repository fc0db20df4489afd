package hub

import (
	"bytes"
	"fmt"
	"net"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"lotse/relay/wire"
)

const (
	here   = "127.0.0.1:4711"
	office = "192.0.2.1:4711"
	abroad = "198.51.100.9:4711"
)

// A peer that is slow on purpose is cut off after ten seconds, wherever it
// stops.
func TestSlowPeersAreCutOff(t *testing.T) {
	onStage(t, Config{}, func(s *stage) {
		silent, other := net.Pipe()
		s.listener.conns <- far{other, office}
		p := &peer{t: s.t, raw: silent}
		if got := p.ended(); got != stage1Time {
			s.t.Errorf("before TLS: got %v, want %v", got, stage1Time)
		}
		p = s.call(office)
		if got := p.ended(); got != stage1Time {
			s.t.Errorf("after TLS: got %v, want %v", got, stage1Time)
		}
		p = s.call(office).greet(wire.RoleMaster)
		if got := p.ended(); got != stage1Time {
			s.t.Errorf("after the greeting: got %v, want %v", got, stage1Time)
		}
		begun := time.Now()
		p = s.call(office)
		raw := wire.AppendFrame(nil, wire.Stage1Frame(wire.Hello{V: 1, MinV: 1, Role: wire.RoleMaster, Nonce: seed(1)}))
		for _, b := range raw { // a byte a second
			if _, err := p.conn.Write([]byte{b}); err != nil {
				break
			}
			after(time.Second)
		}
		p.ended()
		if got := time.Since(begun); got > stage1Time+time.Second { // we look once a second
			s.t.Errorf("drop by drop: got %v, want %v", got, stage1Time)
		}
		synctest.Wait()
		if got := s.server.Stats().Stage1Failed; got != 4 {
			s.t.Errorf("got %d failures counted, want 4", got)
		}
	})
}

// Nobody may send more than the budget before it has proven itself, whether
// inside TLS or below it.
func TestBudgetEndsAConnection(t *testing.T) {
	onStage(t, Config{}, func(s *stage) {
		p := s.call(office)
		p.send(wire.Frame{Type: wire.Notice, Payload: nil}) // no message of stage 1
		if got := p.ended(); got != 0 {
			s.t.Errorf("another type: ended after %v, want at once", got)
		}
		p = s.call(office)
		go func() { _ = p.try(wire.Frame{Type: wire.Stage1, Payload: make([]byte, wire.Stage1Budget)}) }()
		if got := p.ended(); got != 0 {
			s.t.Errorf("too long a message: ended after %v, want at once", got)
		}
	})
}

func TestPipeBoundsWhatAPeerSends(t *testing.T) {
	a, b := net.Pipe()
	defer a.Close()
	go func() { _, _ = b.Write(make([]byte, 1<<20)) }()
	p := newPipe(a)
	total, buf := 0, make([]byte, 1000)
	for {
		n, err := p.Read(buf)
		total += n
		if err != nil {
			break
		}
	}
	if want := wire.Stage1Budget + tlsBudget; total != want {
		t.Errorf("got %d bytes, want %d", total, want)
	}
	p.left = -1
	if n, err := p.Read(buf); n != len(buf) || err != nil {
		t.Errorf("after stage 1: got %d, %v", n, err)
	}
	b.Close()
}

func TestTooOldABuildIsToldBeforeAnythingElse(t *testing.T) {
	onStage(t, Config{MinBuild: 6}, func(s *stage) {
		for _, h := range []wire.Hello{
			{V: 1, MinV: 1, Role: wire.RoleMaster, Build: 5}, {V: 2, MinV: 2, Role: wire.RoleParticipant, Build: 9},
		} {
			p := s.call(office)
			p.say(h)
			if got := p.hear(); got != (wire.UpgradeRequired{MinBuild: 6}) {
				s.t.Errorf("%+v: got %+v, want build 6", h, got)
			}
			p.ended()
		}
	})
}

func TestReplacedProfileIsToldLikeATooOldBuild(t *testing.T) {
	onStage(t, Config{MinBuild: 2, MinSerials: map[string]uint32{"desk": 4}}, func(s *stage) {
		for h, taken := range map[wire.Hello]bool{
			{V: 1, MinV: 1, Role: wire.RoleParticipant, Build: 5, Profile: "desk", Serial: 3}:  false,
			{V: 1, MinV: 1, Role: wire.RoleMaster, Build: 5, Profile: "desk"}:                  false,
			{V: 1, MinV: 1, Role: wire.RoleParticipant, Build: 5, Profile: "desk", Serial: 4}:  true,
			{V: 1, MinV: 1, Role: wire.RoleParticipant, Build: 5, Profile: "other", Serial: 1}: true,
			{V: 1, MinV: 1, Role: wire.RoleParticipant, Build: 5}:                              true,
		} {
			p := s.call(office)
			p.say(h)
			got := p.hear()
			if _, ok := got.(wire.RelayHello); ok != taken {
				s.t.Errorf("%+v: got %T, want taken %t", h, got, taken)
			}
			if !taken && got != (wire.UpgradeRequired{MinBuild: 2}) {
				s.t.Errorf("%+v: got %+v, want an upgrade", h, got)
			}
			if taken {
				p.raw.Close()
			}
			p.ended()
		}
	})
}

// No such room, and a room that takes nobody: the same bytes after the same
// time, so that a stranger learns nothing.
func TestNoRoomAndClosedRoomAnswerAlike(t *testing.T) {
	onStage(t, Config{}, func(s *stage) {
		locked := s.master(office, wire.Open{Digits: 6})
		locked.tell(wire.Lock{On: true})
		away := s.master(office, wire.Open{Digits: 6})
		away.raw.Close()
		ended := s.master(office, wire.Open{Digits: 6})
		ended.tell(wire.End{})
		full := s.master(office, wire.Open{Digits: 6, MaxMembers: 2})
		guest := s.joiner(abroad, join(full.opened.Session))
		full.tell(wire.Admit{Conn: guest.ticket.Conn})
		synctest.Wait()
		type answer struct {
			frame string
			after time.Duration
		}
		var answers []answer
		for i, session := range []string{
			"99999", locked.opened.Session, away.opened.Session, ended.opened.Session, full.opened.Session,
		} {
			p := s.call(fmt.Sprintf("203.0.113.%d:1", i)).greet(wire.RoleParticipant)
			begun := time.Now()
			p.say(join(session))
			raw, err := p.in.Raw()
			if err != nil {
				s.t.Fatal(err)
			}
			answers = append(answers, answer{string(raw), time.Since(begun)})
		}
		want := answer{string(wire.AppendFrame(nil, wire.Stage1Frame(wire.Denied{Reason: wire.ReasonUnknownSession}))), refusalDelay}
		for i, got := range answers {
			if got != want {
				s.t.Errorf("room %d: got %+v, want %+v", i, got, want)
			}
		}
	})
}

func TestWrongNumbersAreMadeToWait(t *testing.T) {
	onStage(t, Config{}, func(s *stage) {
		m := s.master(here, wire.Open{Digits: 6})
		go m.pings()
		for i, want := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second} {
			_, got := s.knock(office, join("99999"))
			if got != (wire.Denied{Reason: wire.ReasonUnknownSession}) {
				s.t.Fatalf("try %d: got %+v, want a refusal", i, got)
			}
			// even the right number has to wait now, less what the answer took
			if _, got := s.knock(office, join(m.opened.Session)); got != wire.WaitFor(want-refusalDelay) {
				s.t.Errorf("try %d: got %+v, want a wait of %v", i, got, want-refusalDelay)
			}
			after(want)
		}
		s.joiner(abroad, join(m.opened.Session)) // somebody else is not
		s.joiner(office, join(m.opened.Session))
		if got := s.server.Stats().Denied; got[wire.ReasonUnknownSession] != 3 || got[wire.ReasonThrottled] != 3 {
			s.t.Errorf("got %v, want three of each", got)
		}
	})
}

func TestFalseLicencesAreRefused(t *testing.T) {
	onStage(t, Config{}, func(s *stage) {
		for i, spoil := range []func(p *peer, proof *wire.Prove){
			func(_ *peer, proof *wire.Prove) { proof.Licence = []byte("licence") },
			func(_ *peer, proof *wire.Prove) { proof.Licence[bytes.IndexByte(proof.Licence, '\n')+3] ^= 1 },
			func(_ *peer, proof *wire.Prove) { proof.Sig[0] ^= 1 },
			func(_ *peer, proof *wire.Prove) { proof.DeviceSig[0] ^= 1 },
			func(p *peer, proof *wire.Prove) { // a proof for another connection
				other := s.call(office).greet(wire.RoleMaster)
				*proof = other.proof()
				other.raw.Close()
				_ = p
			},
		} {
			p := s.call(fmt.Sprintf("203.0.113.%d:1", i)).greet(wire.RoleMaster)
			proof := p.proof()
			proof.Licence = bytes.Clone(proof.Licence)
			spoil(p, &proof)
			p.say(proof)
			if got := p.hear(); got != (wire.Denied{Reason: wire.ReasonLicence}) {
				s.t.Errorf("proof %d: got %+v, want a refusal", i, got)
			}
			p = s.call(fmt.Sprintf("203.0.113.%d:1", i)).greet(wire.RoleMaster)
			p.say(p.proof())
			if got, ok := p.hear().(wire.Wait); !ok || got.After() > time.Second {
				s.t.Errorf("proof %d: got %+v, want a wait", i, got)
			}
		}
		after(2 * time.Hour)
		p := s.call(office).greet(wire.RoleMaster)
		p.say(p.proof())
		if got := p.hear(); got != (wire.Denied{Reason: wire.ReasonLicence}) {
			s.t.Errorf("licence that ran out: got %+v, want a refusal", got)
		}
	})
}

// A development licence opens rooms from this machine only.
func TestLocalIssuersCountFromThisMachineOnly(t *testing.T) {
	onStage(t, Config{LocalIssuers: []string{}}, func(s *stage) {
		s.master(here, wire.Open{Digits: 5})
		p := s.call(office).greet(wire.RoleMaster)
		p.say(p.proof())
		if got := p.hear(); got != (wire.Denied{Reason: wire.ReasonLicence}) {
			s.t.Errorf("got %+v, want a refusal", got)
		}
	})
}

func TestJoinersQueueFairly(t *testing.T) {
	onStage(t, Config{JoinBurst: 2}, func(s *stage) {
		m := s.master(here, wire.Open{Digits: 6})
		go m.pings()
		begun := time.Now()
		type arrival struct {
			who string
			at  time.Duration
		}
		arrivals := make(chan arrival, 10)
		come := func(who, from string) {
			go func() {
				s.joiner(from, join(m.opened.Session))
				arrivals <- arrival{who, time.Since(begun).Truncate(time.Second)}
			}()
			synctest.Wait()
		}
		for i := range 5 {
			come("crowd", fmt.Sprintf("192.0.2.1:%d", 1000+i))
		}
		come("other", abroad)
		var got []arrival
		for range 6 {
			got = append(got, <-arrivals)
		}
		s2 := time.Second * 2
		want := []arrival{{"crowd", 0}, {"crowd", 0}, {"crowd", s2}, {"other", 2 * s2}, {"crowd", 3 * s2}, {"crowd", 4 * s2}}
		if !slices.Equal(got, want) {
			s.t.Errorf("got %v, want %v", got, want)
		}
	})
}

func TestOneSourceCannotTakeAllOfStage1(t *testing.T) {
	onStage(t, Config{MaxStage1: 3}, func(s *stage) {
		for range 3 {
			s.call(office)
		}
		a, b := net.Pipe()
		s.listener.conns <- far{a, office}
		if got := (&peer{t: s.t, raw: b}).ended(); got != 0 {
			s.t.Errorf("a fourth one ended after %v, want at once", got)
		}
		s.call(abroad).raw.Close()
		after(stage1Time + time.Second)
		s.master(office, wire.Open{Digits: 5})
		if got := s.server.Stats().Refused; got != 1 {
			s.t.Errorf("got %d refused, want 1", got)
		}
	})
}
