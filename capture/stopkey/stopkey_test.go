package stopkey

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestABurstIsOnePress(t *testing.T) {
	start := time.Unix(1_000_000, 0)
	var got []time.Duration
	k := &Key{press: func(at time.Time) { got = append(got, at.Sub(start)) }}
	for _, ms := range []int{0, 1, 5, 99, 100, 101, 199, 350} {
		k.heard(start.Add(time.Duration(ms) * time.Millisecond))
	}
	want := []time.Duration{0, 100 * time.Millisecond, 350 * time.Millisecond}
	if !slices.Equal(got, want) {
		t.Errorf("told of %v, want %v", got, want)
	}
}

func TestArmWantsSomebodyToTell(t *testing.T) {
	if k, err := Arm(nil); k != nil || err == nil {
		t.Errorf("Arm(nil) = %v, %v, want an error", k, err)
	}
}

// mute is a way that only does what a test tells it.
type mute struct {
	label       string
	sick, stuck error
	closed      int
}

func (m *mute) name() string   { return m.label }
func (m *mute) healthy() error { return m.sick }
func (m *mute) close() error   { m.closed++; return m.stuck }

func TestHealthyNamesTheWayThatFailed(t *testing.T) {
	sick := errors.New("no answer")
	k := &Key{ways: []way{&mute{label: "a"}, &mute{label: "b", sick: sick}, &mute{label: "c", sick: errEnded}}}
	err := k.Healthy()
	if !errors.Is(err, sick) || err.Error() != "stopkey: b: no answer" {
		t.Errorf("Healthy() = %v, want stopkey: b: no answer", err)
	}
	if got, want := k.Mechanisms(), []string{"a", "b", "c"}; !slices.Equal(got, want) {
		t.Errorf("Mechanisms() = %v, want %v", got, want)
	}
}

func TestCloseClosesEveryWay(t *testing.T) {
	a, b := &mute{label: "a", stuck: errors.New("stuck")}, &mute{label: "b"}
	k := &Key{ways: []way{a, b}}
	if err := k.closeAll(); !errors.Is(err, a.stuck) {
		t.Errorf("close = %v, want %v", err, a.stuck)
	}
	if a.closed != 1 || b.closed != 1 {
		t.Errorf("closed %d and %d times, want once each", a.closed, b.closed)
	}
}

func TestAThreadThatFallsSilentIsNotAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		th, hang := newThread(), make(chan struct{})
		go th.run(func() error { <-hang; return nil })
		<-time.After(deaf)
		if err := th.alive(); err != nil {
			t.Errorf("after %v: %v, want nil", deaf, err)
		}
		<-time.After(time.Second)
		if err := th.alive(); err == nil {
			t.Errorf("a second later: alive, want an error")
		}
		th.beat()
		if err := th.alive(); err != nil {
			t.Errorf("after a sign of life: %v, want nil", err)
		}
		if err := th.wait(); err == nil {
			t.Error("wait returned nil while the loop runs")
		}
		close(hang)
		if err := th.wait(); err != nil {
			t.Errorf("wait after the end: %v, want nil", err)
		}
	})
}

func TestAThreadThatEndedSaysWhy(t *testing.T) {
	th, why := newThread(), errors.New("no server")
	go th.run(func() error { return why })
	<-th.done
	if err := th.alive(); !errors.Is(err, errEnded) || !errors.Is(err, why) {
		t.Errorf("alive = %v, want %v and %v", err, errEnded, why)
	}
}
