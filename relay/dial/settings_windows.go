package dial

import (
	"context"
	"net/url"
)

// settingsProxy finds nothing yet.
func settingsProxy(context.Context, string) (*url.URL, error) { return nil, nil } //nolint:nilnil // as Proxy says
