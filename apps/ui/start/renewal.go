package start

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"runtime"

	"lotse/apps/ui/renew"
	"lotse/packaging/profile"
	"lotse/packaging/update"
	"lotse/relay/dial"
)

// Renewal lets a person replace this program where the profile says so and the
// system lets it; nil where not. What an earlier one left, because Windows held on to the
// file that ran, is taken away.
func Renewal(p *profile.Profile, log *slog.Logger) *renew.Renewal {
	if !update.Offered(p, runtime.GOOS) {
		return nil
	}
	if err := update.Tidy(); err != nil {
		log.Debug("the program before this one is still there", "error", err)
	}
	return renew.New(func(ctx context.Context, tell func(update.Step)) error {
		err := update.Run(ctx, update.Config{Profile: p, Version: profile.Version, Proxy: proxy}, tell)
		if err != nil {
			log.Warn("not replaced", "error", err)
		}
		return err
	})
}

// proxy is the way out that the programs' own connections take too.
func proxy(r *http.Request) (*url.URL, error) {
	port := r.URL.Port()
	if port == "" {
		port = "443"
	}
	return dial.SystemProxy(r.Context(), net.JoinHostPort(r.URL.Hostname(), port))
}
