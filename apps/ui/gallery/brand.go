//go:build gallery

package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"lotse/apps/ui/renew"
	"lotse/packaging/profile"
	"lotse/packaging/update"
)

// branded is the example organisation's profile, with its colours, logo and
// sentences, and a rule.
func branded() (*profile.Profile, error) {
	text, err := os.ReadFile("packaging/brands/example/participant.json")
	if err != nil {
		return nil, err
	}
	p, err := profile.Parse(text)
	if err != nil {
		return nil, err
	}
	p.Logo, err = os.ReadFile("packaging/brands/example/logo.png")
	p.Never, p.UpdateInPlace = []string{"clipboard_in", "clipboard_out"}, true
	return p, err
}

// profileFor is whose program a page is.
func profileFor(name string) (*profile.Profile, error) {
	if strings.Contains(name, "-brand") {
		return branded()
	}
	return example(), nil
}

// loads is a replacement of the program in the middle of its download.
func loads(ctx context.Context, tell func(update.Step)) error {
	tell(update.Step{Phase: update.Loading, Done: 12_400_000, Total: 30_100_000})
	<-ctx.Done()
	return ctx.Err()
}

// renewal is that of a branded page; another has none.
func renewal(ctx context.Context, name string) *renew.Renewal {
	if !strings.Contains(name, "-brand") {
		return nil
	}
	r := renew.New(loads)
	if strings.HasSuffix(name, "-renewing") {
		r.Press()
	}
	go func() {
		if err := r.Run(ctx); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}()
	return r
}
