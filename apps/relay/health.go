package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"lotse/relay/directory"
	"lotse/relay/hub"
	"lotse/relay/stun"
)

// healthTime bounds every step of a health check.
const healthTime = 5 * time.Second

// serveHealth answers health checks until ctx ends.
func serveHealth(ctx context.Context, l net.Listener, server *hub.Server, dir *directory.Directory, mirror *stun.Server) error {
	s := &http.Server{
		Handler: healthHandler(server, dir, mirror), ReadTimeout: healthTime, WriteTimeout: healthTime, IdleTimeout: healthTime,
		MaxHeaderBytes: 8 << 10,
	}
	stop := context.AfterFunc(ctx, func() { _ = s.Close() }) // Serve returns what matters
	defer stop()
	if err := s.Serve(l); err != nil && !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("health: %w", err)
	}
	return nil
}

// healthHandler answers /healthz with ok and /metrics with the counters, in
// the text format of Prometheus 0.0.4.
func healthHandler(server *hub.Server, dir *directory.Directory, mirror *stun.Server) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, "ok\n") })
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, metrics(server.Stats(), dir.Health(), mirror.Stats()))
	})
	return mux
}

func answer(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = io.WriteString(w, text) // whoever asked has gone
}

// metrics writes the counters, a line each.
func metrics(s hub.Stats, d directory.Health, m stun.Stats) string {
	var b strings.Builder
	up := uint64(1)
	if d.Err != nil {
		up = 0
	}
	for _, c := range []struct {
		name  string
		value uint64
	}{
		{"lotse_links", uint64(max(s.Links, 0))},
		{"lotse_rooms", uint64(max(s.Rooms, 0))},
		{"lotse_standby_links", uint64(max(s.Standby, 0))},
		{"lotse_load_percent", uint64(s.Load)},
		{"lotse_frames_received_total", s.FramesIn},
		{"lotse_bytes_received_total", s.BytesIn},
		{"lotse_bytes_sent_total", s.BytesOut},
		{"lotse_connections_refused_total", s.Refused},
		{"lotse_stage1_failed_total", s.Stage1Failed},
		{"lotse_database_up", up},
		{"lotse_log_waiting", uint64(max(d.Waiting, 0))},
		{"lotse_log_lost_total", d.Lost},
		{"lotse_stun_answered_total", m.Answered},
		{"lotse_stun_ignored_total", m.Ignored},
		{"lotse_stun_limited_total", m.Limited},
	} {
		fmt.Fprintf(&b, "%s %d\n", c.name, c.value)
	}
	// A counter that is there before it counts can be watched.
	for _, d := range slices.SortedFunc(slices.Values(hub.Drops()), func(a, b hub.Drop) int {
		return cmp.Or(cmp.Compare(a.Lane, b.Lane), cmp.Compare(a.Reason, b.Reason))
	}) {
		fmt.Fprintf(&b, "lotse_dropped_total{lane=%q,reason=%q} %d\n", d.Lane, d.Reason, s.Dropped[d])
	}
	for _, reason := range slices.Sorted(slices.Values(hub.Denials())) {
		fmt.Fprintf(&b, "lotse_denied_total{reason=%q} %d\n", reason, s.Denied[reason])
	}
	return b.String()
}
