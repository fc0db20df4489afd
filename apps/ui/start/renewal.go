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
// system lets it; nil where not. What an earlier one left, because Windows held on
// to the file that ran, is taken away, whatever the profile says by now.
func Renewal(p *profile.Profile, log *slog.Logger) *renew.Renewal { return renewal(p, "", log) }

// renewal is Renewal for the program in the file target; empty is this one's.
func renewal(p *profile.Profile, target string, log *slog.Logger) *renew.Renewal {
	if err := update.Tidy(target); err != nil {
		log.Debug("the program before this one is still there", "error", err)
	}
	if !update.Offered(p, runtime.GOOS) {
		return nil
	}
	return renew.New(func(ctx context.Context, tell func(update.Step)) error {
		err := update.Run(ctx, update.Config{Profile: p, Version: profile.Version, Proxy: proxy, Target: target}, tell)
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
