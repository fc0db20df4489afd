// Package browse shows a web page in the person's browser. It opens pages with
// https alone, and never an address that came from the network: who calls it
// takes the page from the profile.
package browse

import (
	"errors"
	"net/url"
)

// ErrPage says that an address is no page that is opened.
var ErrPage = errors.New("browse: no page with https")

// Open shows a page.
func Open(page string) error {
	u, err := url.Parse(page)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
		return ErrPage
	}
	return open(u.String())
}
