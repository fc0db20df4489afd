package dial

import "testing"

func TestWindowsSettingsNameTheProxy(t *testing.T) {
	const bypass = `*.inside.example;10.*; 192.0.2.?;relay.example.com:443;http://web.example;[2001:db8::1];<local>;[bad`
	for _, c := range []struct{ proxies, addr, want string }{
		{"proxy:3128", "relay.example.org:443", "http://proxy:3128"},
		{"proxy", "relay.example.org:443", "http://proxy"},
		{"https://proxy:8443", "relay.example.org:5000", "https://proxy:8443"},
		{"http=a:1;https=b:2;ftp=c:3", "relay.example.org:443", "http://b:2"},
		{"http=a:1 HTTPS=b:2", "relay.example.org:80", "http://b:2"},
		{"https=http://b:2", "relay.example.org:443", "http://b:2"},
		{"a:1;b:2", "relay.example.org:443", "http://a:1"},
		{"http=a:1;socks=c:3", "relay.example.org:443", ""},
		{"", "relay.example.org:443", ""},
		{" ; ", "relay.example.org:443", ""},
		{"https=", "relay.example.org:443", ""},
		{"proxy:3128", "Relay.Inside.Example:443", ""},
		{"proxy:3128", "inside.example:443", "http://proxy:3128"},
		{"proxy:3128", "10.1.2.3:443", ""},
		{"proxy:3128", "192.0.2.7:443", ""},
		{"proxy:3128", "192.0.2.70:443", "http://proxy:3128"},
		{"proxy:3128", "relay.example.com:443", ""},
		{"proxy:3128", "relay.example.com:80", "http://proxy:3128"},
		{"proxy:3128", "web.example:443", ""},
		{"proxy:3128", "[2001:db8::1]:443", ""},
		{"proxy:3128", "[2001:db8::2]:443", "http://proxy:3128"},
		{"proxy:3128", "server:443", ""},
		{"proxy:3128", "127.0.0.1:443", ""},
		{"proxy:3128", "[::1]:443", ""},
		{"proxy:3128", "localhost:443", ""},
		{"proxy:3128", "nonsense", ""},
	} {
		proxy, err := settings{c.proxies, bypass}.find(c.addr)
		got := ""
		if proxy != nil {
			got = proxy.String()
		}
		if got != c.want || err != nil {
			t.Errorf("%q to %s: got %q, %v, want %q", c.proxies, c.addr, got, err, c.want)
		}
	}
	for _, bad := range []string{"proxy:%zz", "http://", "anna:pass word@x y", "://"} {
		if proxy, err := (settings{bad, ""}).find("relay.example.org:443"); err != errProxySetting { //nolint:errorlint // nothing may be added to it
			t.Errorf("%q: got %v, %v, want %v", bad, proxy, err, errProxySetting)
		}
	}
}

func FuzzWindowsSettings(f *testing.F) {
	f.Add("http=a:1;https=b:2", "*.example;<local>", "relay.example.org:443")
	f.Add("https://anna:hunter2@proxy", "[::1]:80 [", "[2001:db8::1]:80")
	f.Fuzz(func(t *testing.T, proxies, bypass, addr string) {
		proxy, err := settings{proxies, bypass}.find(addr)
		switch {
		case err != nil && err != errProxySetting: //nolint:errorlint // nothing may be added to it
			t.Errorf("got %v, want %v", err, errProxySetting)
		case proxy != nil && (err != nil || proxy.Hostname() == ""):
			t.Errorf("got %v, %v, want a proxy with a name", proxy, err)
		}
	})
}
