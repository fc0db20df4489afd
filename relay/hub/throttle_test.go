package hub

import (
	"net/netip"
	"testing"
	"time"
)

func TestFailuresDoubleTheWait(t *testing.T) {
	th, now, from := newThrottle(), time.Unix(1000, 0), prefix(1)
	for i, want := range []float64{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900} {
		th.failed(from, now, false)
		if got := th.wait(from, now).Seconds(); got != want {
			t.Errorf("failure %d: got %v s, want %v", i+1, got, want)
		}
	}
	for range 100 { // no overflow
		th.failed(from, now, false)
	}
	if got := th.wait(from, now); got != longestWait {
		t.Errorf("got %v, want %v", got, longestWait)
	}
	if got := th.wait(prefix(2), now); got != 0 {
		t.Errorf("another source: got %v, want none", got)
	}
	if got := th.wait(from, now.Add(longestWait)); got != 0 {
		t.Errorf("afterwards: got %v, want none", got)
	}
}

func TestQuietTimeHalvesTheWait(t *testing.T) {
	th, now, from := newThrottle(), time.Unix(1000, 0), prefix(1)
	for range 6 {
		th.failed(from, now, false) // 32 s
	}
	now = now.Add(2*quietTime + time.Second)
	th.failed(from, now, false) // two halvings and a doubling
	if got, want := th.wait(from, now), 16*time.Second; got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestComingBackCostsNothingUpToABound(t *testing.T) {
	th, now, from := newThrottle(), time.Unix(1000, 0), prefix(1)
	for range resumeBurst {
		th.failed(from, now, true)
	}
	if got := th.wait(from, now); got != 0 {
		t.Fatalf("got %v, want none", got)
	}
	th.failed(from, now, true)
	if got := th.wait(from, now); got != firstWait {
		t.Errorf("one more: got %v, want %v", got, firstWait)
	}
	// an office of twenty that tries for ten minutes is never made to wait
	th = newThrottle()
	for range 10 * 60 * 4 {
		now = now.Add(time.Second / 4)
		th.failed(from, now, true)
		if got := th.wait(from, now); got != 0 {
			t.Fatalf("got %v, want none", got)
		}
	}
}

func TestSourceIsAnAddressOrANetwork(t *testing.T) {
	for in, want := range map[string]string{
		"192.0.2.7": "192.0.2.7/32", "::ffff:192.0.2.7": "192.0.2.7/32",
		"2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "fe80::1%eth0": "fe80::/64",
	} {
		if got := sourceOf(netip.MustParseAddr(in)).String(); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}

func TestThrottleForgetsTheQuietFirst(t *testing.T) {
	th, now := newThrottle(), time.Unix(1000, 0)
	address := func(i int) netip.Prefix {
		return netip.PrefixFrom(netip.AddrFrom4([4]byte{byte(i >> 24), byte(i >> 16), byte(i >> 8), byte(i)}), 32)
	}
	guilty := address(0)
	for range 10 {
		th.failed(guilty, now, false)
	}
	now = now.Add(2 * time.Second)
	for i := 1; i < 2*maxSources; i++ {
		th.failed(address(i), now, false)
	}
	if len(th.sources) > maxSources {
		t.Errorf("got %d sources, want at most %d", len(th.sources), maxSources)
	}
	if th.wait(guilty, now) == 0 {
		t.Error("the one who has to wait longest was forgotten")
	}
}
