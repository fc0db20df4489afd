package dial

import (
	"net"
	"net/url"
	"path"
	"strings"
)

// settings are a proxy as Windows keeps it.
type settings struct {
	// Proxies is "host:port", or "https=host:port" among others, apart by
	// semicolons or spaces.
	Proxies string
	// Bypass is the names that need none: "*.example.org", "10.*", "<local>".
	Bypass string
}

// find returns the proxy for host:port, nil if there is none. Of several it is
// the first that HTTPS takes.
func (s settings) find(addr string) (*url.URL, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil || s.bypasses(host, port) {
		return nil, nil //nolint:nilerr,nilnil // what has no port is not dialled
	}
	entry := s.entry()
	if entry == "" {
		return nil, nil //nolint:nilnil // as Proxy says
	}
	if !strings.Contains(entry, "://") {
		entry = "http://" + entry
	}
	proxy, err := url.Parse(entry)
	if err != nil || proxy.Hostname() == "" {
		return nil, errProxySetting
	}
	return proxy, nil
}

// entry is the part of Proxies that is for HTTPS.
func (s settings) entry() string {
	var any string
	for _, entry := range list(s.Proxies) {
		scheme, at, named := strings.Cut(entry, "=")
		switch {
		case named && strings.EqualFold(scheme, "https"):
			return at
		case !named && any == "":
			any = entry
		}
	}
	return any
}

func (s settings) bypasses(host, port string) bool {
	host = strings.ToLower(host)
	if ip := net.ParseIP(host); ip != nil && ip.IsLoopback() || host == "localhost" {
		return true
	}
	for _, pattern := range list(strings.ToLower(s.Bypass)) {
		if _, rest, found := strings.Cut(pattern, "://"); found {
			pattern = rest
		}
		if pattern == "<local>" {
			if !strings.ContainsAny(host, ".:") {
				return true
			}
			continue
		}
		if h, p, err := net.SplitHostPort(pattern); err == nil {
			if p != port {
				continue
			}
			pattern = h
		}
		if ok, err := path.Match(strings.Trim(pattern, "[]"), host); ok && err == nil {
			return true
		}
	}
	return false
}

// list takes a setting apart.
func list(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ';' || r == ' ' || r == '\t' || r == '\n' || r == '\r' })
}
