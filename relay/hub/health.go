package hub

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
)

// errHealth ends a connection that only asked how the relay is.
var errHealth = errors.New("hub: health check")

const (
	// healthQuestion is how a health check begins; what else it says is not
	// read.
	healthQuestion = "GET /healthz HTTP/1."
	healthOK       = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n"
	healthUnknown  = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
)

// health answers one request on a link's port (ALPN http/1.1). It parses no
// HTTP: the first bytes are the one question there is, or they are not.
func health(c net.Conn) error {
	question := make([]byte, len(healthQuestion))
	if _, err := io.ReadFull(c, question); err != nil {
		return fmt.Errorf("hub: health: %w", err)
	}
	answer := healthUnknown
	if bytes.Equal(question, []byte(healthQuestion)) {
		answer = healthOK
	}
	if _, err := io.WriteString(c, answer); err != nil {
		return fmt.Errorf("hub: health: %w", err)
	}
	return nil
}
