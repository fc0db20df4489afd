package dial

import (
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// Windows is asked for real; on a machine without settings it says that there
// is no proxy.
func TestWindowsIsAsked(t *testing.T) {
	for _, name := range []string{"HTTPS_PROXY", "https_proxy"} {
		t.Setenv(name, "")
	}
	begun := time.Now()
	proxy, err := SystemProxy(t.Context(), "relay.example.org:443")
	t.Logf("got %v, %v in %v", proxy, err, time.Since(begun))
	if err != nil {
		t.Errorf("got %v, want an answer", err)
	}
}

func TestStructuresHaveTheSizesOfWindows(t *testing.T) {
	got := [3]uintptr{unsafe.Sizeof(userConfig{}), unsafe.Sizeof(proxyInfo{}), unsafe.Sizeof(autoOptions{})}
	if want := [3]uintptr{32, 24, 32}; unsafe.Sizeof(uintptr(0)) == 8 && got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

// What a user set, as bits in front of the strings.
const (
	direct    = 1
	setProxy  = 2
	setScript = 4
)

// setting puts the user's settings in and takes them out again: a version, a
// count, what is set, and three strings with their lengths. Windows has no
// other place to read them from.
func setting(t *testing.T, set uint32, proxy, bypass, script string) {
	t.Helper()
	const name, version = "DefaultConnectionSettings", 0x46
	k, _, err := registry.CreateKey(registry.CURRENT_USER, `Software\Microsoft\Windows\CurrentVersion\Internet Settings\Connections`, registry.ALL_ACCESS)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = k.DeleteValue(name) // may be gone
		k.Close()
	})
	value := binary.LittleEndian.AppendUint32(nil, version)
	value = binary.LittleEndian.AppendUint32(value, 1)
	value = binary.LittleEndian.AppendUint32(value, direct|set)
	for _, s := range []string{proxy, bypass, script} {
		value = binary.LittleEndian.AppendUint32(value, uint32(len(s)))
		value = append(value, s...)
	}
	if err := k.SetBinaryValue(name, append(value, make([]byte, 32)...)); err != nil {
		t.Fatal(err)
	}
}

// wine reports whether this is Wine: only there the user's settings are ours to
// change.
func wine() bool {
	return windows.NewLazySystemDLL("ntdll.dll").NewProc("wine_get_version").Find() == nil
}

func TestUsersSettingsAreRead(t *testing.T) {
	if !wine() {
		t.Skip("changes the user's proxy settings: under Wine only")
	}
	setting(t, setProxy, "http=a.example:1;https=b.example:2", "*.inside.example", "")
	for addr, want := range map[string]string{"relay.example.org:443": "http://b.example:2", "relay.inside.example:443": ""} {
		proxy, err := settingsProxy(t.Context(), addr)
		got := ""
		if proxy != nil {
			got = proxy.String()
		}
		if got != want || err != nil {
			t.Errorf("%s: got %q, %v, want %q", addr, got, err, want)
		}
	}
}

func TestScriptOfTheUserIsRun(t *testing.T) {
	if !wine() {
		t.Skip("changes the user's proxy settings: under Wine only")
	}
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-ns-proxy-autoconfig")
		_, _ = io.WriteString(w, `function FindProxyForURL(url, host) { return host == "relay.example.org" ? "PROXY c.example:3" : "DIRECT"; }`)
	})}
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	t.Cleanup(func() {
		s.Close()
		<-done
	})
	setting(t, setScript, "", "", "http://"+l.Addr().String()+"/proxy.pac")
	for addr, want := range map[string]string{"relay.example.org:443": "c.example:3", "other.example.org:443": ""} {
		proxy, err := settingsProxy(t.Context(), addr)
		got := ""
		if proxy != nil {
			got = proxy.Host
		}
		if got != want || err != nil {
			t.Errorf("%s: got %q, %v, want %q", addr, got, err, want)
		}
	}
}
