package participant

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"lotse/packaging/profile"
	"lotse/participant/session"
	"lotse/relay/dial"
	"lotse/relay/wire"
)

func TestErrorsOfTheWayAreToldApart(t *testing.T) {
	proxy := func(status int) error {
		return fmt.Errorf("%w: relay.example:443: %w", dial.ErrUnreachable, &dial.ProxyError{Proxy: "proxy.example:3128", Status: status})
	}
	for _, c := range []struct {
		err  error
		want session.Reason
		wait time.Duration
	}{
		{nil, session.ReasonNone, 0},
		{proxy(407), session.ReasonProxyLogin, 0},
		{proxy(403), session.ReasonRelayUnreachable, 0},
		{dial.ErrUnreachable, session.ReasonRelayUnreachable, 0},
		{fmt.Errorf("dial: %w: relay.example:443", dial.ErrUnlisted), session.ReasonRelayUnreachable, 0},
		{context.DeadlineExceeded, session.ReasonRelayUnreachable, 0},
		{fmt.Errorf("x: %w", dial.ErrRelayKey), session.ReasonRelayKey, 0},
		{&wire.WaitError{After: 3 * time.Second}, session.ReasonThrottled, 3 * time.Second},
		{fmt.Errorf("x: %w", profile.ErrOver), session.ReasonProfileOver, 0},
		{errLost, session.ReasonConnectionLost, 0},
		{errors.New("strange"), session.ReasonInternal, 0},
	} {
		if got, wait := ReasonOf(c.err); got != c.want || wait != c.wait {
			t.Errorf("%v: got %q, %v, want %q, %v", c.err, got, wait, c.want, c.wait)
		}
	}
}
