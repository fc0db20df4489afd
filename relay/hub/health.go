package hub

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/http"
)

// errHealth ends a connection that only asked how the relay is.
var errHealth = errors.New("hub: health check")

// healthPath is what a health check asks for.
const healthPath = "/healthz"

// Health answers GET /healthz with "ok" and everything else with 404.
func Health() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+healthPath, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = fmt.Fprintln(w, "ok") //nolint:errcheck // the asker has gone
	})
	return mux
}

// health answers one request on a link's port (ALPN http/1.1).
func health(c net.Conn) error {
	r, err := http.ReadRequest(bufio.NewReader(c))
	if err != nil {
		return fmt.Errorf("hub: health: %w", err)
	}
	answer := "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
	if r.Method == http.MethodGet && r.URL.Path == healthPath {
		answer = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n"
	}
	if _, err := c.Write([]byte(answer)); err != nil {
		return fmt.Errorf("hub: health: %w", err)
	}
	return nil
}
