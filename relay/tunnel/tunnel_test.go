package tunnel

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"runtime"
	"testing"
)

// pair returns both ends of a stream. What closes it is Close of the connection
// below the first one.
func pair(t *testing.T) (near, far, below net.Conn) {
	t.Helper()
	below, peer := net.Pipe()
	accepted, failed := make(chan net.Conn, 1), make(chan error, 1)
	go func() {
		r := bufio.NewReader(peer)
		req, err := http.ReadRequest(r)
		if err != nil {
			failed <- err
			return
		}
		c, err := Accept(t.Context(), peer, r, req)
		accepted <- c
		failed <- err
	}()
	near, err := Dial(t.Context(), below, "relay.example")
	if err := errors.Join(err, <-failed); err != nil {
		t.Fatal(err)
	}
	return near, <-accepted, below
}

func TestStreamEndsWithWhatCarriesIt(t *testing.T) {
	near, far, below := pair(t)
	go func() { _, _ = near.Write([]byte("a")) }()
	b := make([]byte, 1)
	if _, err := io.ReadFull(far, b); err != nil || b[0] != 'a' {
		t.Fatalf("got %q, %v, want what was written", b, err)
	}
	if err := below.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := far.Read(b); err == nil {
		t.Error("the far end still reads")
	}
	if _, err := near.Write(b); err == nil {
		t.Error("the near end still writes")
	}
}

// A relay that somebody opens WebSockets to all day must not keep any of them.
func TestNothingIsKeptOfAStreamThatEnded(t *testing.T) {
	const rounds, most = 200, 1 << 10 // bytes of each stream; its buffers alone have 16 KiB
	before := held()
	for range rounds {
		near, far, below := pair(t)
		_ = below.Close()
		_, _ = near.Read(make([]byte, 1))
		_, _ = far.Read(make([]byte, 1))
	}
	if kept := (held() - before) / rounds; kept > most {
		t.Errorf("%d bytes of each stream are kept, want %d at most", kept, most)
	}
}

// held returns how many bytes are in use.
func held() int64 {
	for range 3 { // a finalizer frees one round later what it kept
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func TestPagesOfBrowsersGetNoStream(t *testing.T) {
	near, peer := net.Pipe()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://relay.example"+Path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Origin", "https://elsewhere.example")
	go func() {
		_, _ = io.Copy(io.Discard, near)
	}()
	if _, err := Accept(t.Context(), peer, bufio.NewReader(peer), req); err == nil {
		t.Error("a page of another site got a stream")
	}
	_, _ = near.Close(), peer.Close()
}
