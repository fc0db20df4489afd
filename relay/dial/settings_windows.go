package dial

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"unsafe"

	"golang.org/x/sys/windows"
)

// Constants of winhttp.h.
const (
	accessNoProxy    = 1 // WINHTTP_ACCESS_TYPE_NO_PROXY
	accessNamedProxy = 3 // WINHTTP_ACCESS_TYPE_NAMED_PROXY
	autoDetect       = 1 // WINHTTP_AUTOPROXY_AUTO_DETECT
	autoConfigURL    = 2 // WINHTTP_AUTOPROXY_CONFIG_URL
	detectDHCPAndDNS = 3 // WINHTTP_AUTO_DETECT_TYPE_DHCP | _DNS_A

	errLoginFailure = windows.Errno(12015) // ERROR_WINHTTP_LOGIN_FAILURE
)

// userConfig is WINHTTP_CURRENT_USER_IE_PROXY_CONFIG, proxyInfo
// WINHTTP_PROXY_INFO, autoOptions WINHTTP_AUTOPROXY_OPTIONS. Strings in what
// WinHTTP fills in are ours to free.
type (
	userConfig struct {
		autoDetect            int32
		script, proxy, bypass *uint16
	}
	proxyInfo struct {
		access        uint32
		proxy, bypass *uint16
	}
	autoOptions struct {
		flags, detect uint32
		script        *uint16
		reserved      unsafe.Pointer
		reserved2     uint32
		login         int32
	}
)

// winHTTP is what is called of Windows.
type winHTTP struct {
	open, close, user, machine, forURL *windows.LazyProc
	free                               *windows.LazyProc
}

func loadWinHTTP() winHTTP {
	dll := windows.NewLazySystemDLL("winhttp.dll")
	return winHTTP{
		open: dll.NewProc("WinHttpOpen"), close: dll.NewProc("WinHttpCloseHandle"),
		user: dll.NewProc("WinHttpGetIEProxyConfigForCurrentUser"), machine: dll.NewProc("WinHttpGetDefaultProxyConfiguration"),
		forURL: dll.NewProc("WinHttpGetProxyForUrl"),
		free:   windows.NewLazySystemDLL("kernel32.dll").NewProc("GlobalFree"),
	}
}

// found is what Windows said.
type found struct {
	proxy *url.URL
	err   error
}

// settingsProxy asks Windows: the user's settings with their script or the one
// that the network announces, then the machine's (netsh winhttp). Looking for a
// script can take Windows long; when ctx ends first, nobody waits for it.
func settingsProxy(ctx context.Context, addr string) (*url.URL, error) {
	answer := make(chan found, 1)
	go func() {
		proxy, err := loadWinHTTP().find(addr)
		answer <- found{proxy, err}
	}()
	select {
	case f := <-answer:
		return f.proxy, f.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (w winHTTP) find(addr string) (*url.URL, error) {
	if err := w.forURL.Find(); err != nil {
		return nil, fmt.Errorf("dial: WinHTTP: %w", err)
	}
	var user userConfig
	if ok, _, _ := w.user.Call(uintptr(unsafe.Pointer(&user))); ok == 0 { //nolint:gosec // G103: laid out as Windows has it
		user = userConfig{} // the user has no settings
	}
	script, static := w.take(user.script), settings{w.take(user.proxy), w.take(user.bypass)}
	var scriptErr error
	if user.autoDetect != 0 || script != "" {
		s, err := w.byScript(addr, script, user.autoDetect != 0)
		if err == nil {
			return s.find(addr)
		}
		scriptErr = err // the fixed ones are what is left, as for a browser
	}
	if static.Proxies == "" {
		static = w.fixed()
	}
	if static.Proxies == "" && script != "" {
		return nil, scriptErr // a script was meant to say
	}
	return static.find(addr)
}

// fixed is the machine's own setting.
func (w winHTTP) fixed() settings {
	var info proxyInfo
	if ok, _, _ := w.machine.Call(uintptr(unsafe.Pointer(&info))); ok == 0 { //nolint:gosec // G103: laid out as Windows has it
		return settings{}
	}
	return w.read(info)
}

// byScript lets Windows run a script (PAC), the named one or what the network
// announces (WPAD). A script that asks who we are is told on the second try.
func (w winHTTP) byScript(addr, script string, detect bool) (settings, error) {
	session, _, err := w.open.Call(0, accessNoProxy, 0, 0, 0)
	if session == 0 {
		return settings{}, fmt.Errorf("dial: WinHTTP: %w", err)
	}
	defer w.close.Call(session) //nolint:errcheck // it was open
	target, err := windows.UTF16PtrFromString("https://" + addr + "/")
	if err != nil {
		return settings{}, errors.New("dial: WinHTTP: no address")
	}
	var o autoOptions
	if detect {
		o.flags, o.detect = autoDetect, detectDHCPAndDNS
	}
	if script != "" {
		o.flags |= autoConfigURL
		if o.script, err = windows.UTF16PtrFromString(script); err != nil {
			return settings{}, errProxySetting
		}
	}
	for {
		var info proxyInfo
		ok, _, err := w.forURL.Call(session, uintptr(unsafe.Pointer(target)), //nolint:gosec // G103: the text ends in a zero
			uintptr(unsafe.Pointer(&o)), uintptr(unsafe.Pointer(&info))) //nolint:gosec // G103: laid out as Windows has it
		switch {
		case ok != 0:
			return w.read(info), nil
		case errors.Is(err, errLoginFailure) && o.login == 0:
			o.login = 1
		default:
			return settings{}, fmt.Errorf("dial: the proxy script: %w", err)
		}
	}
}

// read takes what WinHTTP filled in.
func (w winHTTP) read(info proxyInfo) settings {
	s := settings{w.take(info.proxy), w.take(info.bypass)}
	if info.access != accessNamedProxy {
		return settings{}
	}
	return s
}

// take copies a string of WinHTTP and frees it.
func (w winHTTP) take(s *uint16) string {
	if s == nil {
		return ""
	}
	defer w.free.Call(uintptr(unsafe.Pointer(s))) //nolint:errcheck,gosec // it is gone either way; G103: WinHTTP allocated it
	return windows.UTF16PtrToString(s)
}
