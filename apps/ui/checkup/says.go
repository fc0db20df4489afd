package checkup

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"lotse/apps/ui/words"
	"lotse/packaging/profile"
	"lotse/relay/dial"
	"lotse/relay/wire"
)

// bigSkew is when licences, and certificates made for hours, begin to fail.
const bigSkew = time.Minute

// sum says what all findings come to.
func sum(w *words.Words, s State) (light Light, what, next string) {
	works := slices.ContainsFunc(s.Findings, func(f dial.Finding) bool { return f.Err == nil })
	strange := slices.ContainsFunc(s.Findings, func(f dial.Finding) bool { return errors.Is(f.Err, dial.ErrRelayKey) })
	answered := slices.IndexFunc(s.Findings, func(f dial.Finding) bool { return slices.Contains([]int{waiting, denied, tooOld}, telling(f.Err)) })
	switch {
	case len(s.Servers) == 0:
		return Amber, w.Text(words.CheckNoServers), ""
	case works:
		return Green, w.Text(words.CheckFine), ""
	case strange:
		return Red, w.Text(words.CheckDanger), w.Text(words.CheckDangerNext)
	case answered >= 0:
		what, next = fails(w, s.Findings[answered].Err)
		return Amber, what, next
	case s.Phase == CalledOff:
		return Grey, w.Text(words.CheckCalledOff), ""
	default:
		return Red, w.Text(words.CheckNone), w.Text(words.CheckNoneNext)
	}
}

// lines are a line for each server of which something is known, and one for
// the clock if it is wrong.
func lines(w *words.Words, s State) []Line {
	var out []Line
	for _, addr := range s.Servers {
		of := slices.DeleteFunc(slices.Clone(s.Findings), func(f dial.Finding) bool { return f.Way.Relay != addr })
		if len(of) > 0 {
			out = append(out, server(w, addr, of))
		}
	}
	if off, known := skew(s.Findings); known && off.Abs() > bigSkew {
		says := words.CheckSlow
		if off < 0 {
			says = words.CheckFast
		}
		out = append(out, Line{Light: Amber, Says: w.Text(says, length(off.Abs())), Next: w.Text(words.CheckClockNext)})
	}
	return out
}

// skew is how far the servers' clocks are ahead of ours: the middle one, for
// one of them may be wrong itself.
func skew(findings []dial.Finding) (time.Duration, bool) {
	var all []time.Duration
	for _, f := range findings {
		if f.Err == nil {
			all = append(all, f.Skew)
		}
	}
	if len(all) == 0 {
		return 0, false
	}
	slices.Sort(all)
	return all[len(all)/2], true
}

// length is a time in the two largest of its units, which are written alike in
// both languages.
func length(d time.Duration) string {
	const day = 24 * time.Hour
	switch d = d.Round(time.Minute); {
	case d >= day:
		return fmt.Sprintf("%d d %d h", d/day, d%day/time.Hour)
	case d >= time.Hour:
		return fmt.Sprintf("%d h %d min", d/time.Hour, d%time.Hour/time.Minute)
	default:
		return fmt.Sprintf("%d min", d/time.Minute)
	}
}

// server says in one line how the ways to a server went.
func server(w *words.Words, addr string, of []dial.Finding) Line {
	l := Line{Name: host(addr)}
	if i := slices.IndexFunc(of, func(f dial.Finding) bool { return f.Err == nil }); i >= 0 {
		l.Light, l.Says = Green, works(w, of[i])
		if slices.ContainsFunc(of, func(f dial.Finding) bool { return errors.Is(f.Err, dial.ErrRelayKey) }) {
			l.Light, l.Attention = Amber, w.Text(words.CheckBeside)
		}
		return l
	}
	worst := slices.MaxFunc(of, func(a, b dial.Finding) int { return cmp.Compare(telling(a.Err), telling(b.Err)) })
	l.Light = Red
	l.Says, l.Next = fails(w, worst.Err)
	return l
}

// works says how a server was reached.
func works(w *words.Words, f dial.Finding) string {
	_, port, _ := net.SplitHostPort(f.Way.Addr) // it was dialled
	switch {
	case f.Way.Proxy != "":
		return w.Text(words.CheckProxy, f.Way.Proxy, millis(f.Took))
	case f.Way.Kind == dial.TLS:
		return w.Text(words.CheckDirect, port, millis(f.Took))
	default:
		return w.Text(words.CheckWeb, port, millis(f.Took))
	}
}

// The kinds of failures, the most telling one last.
const (
	forbidden = iota
	other
	silent
	unnamed
	refused
	proxyNo
	proxyAsks
	waiting
	denied
	tooOld
	wrongKey // whatever else is the matter, this is what must be read
)

// telling tells the kinds of failures apart.
func telling(err error) int {
	var upgrade *wire.UpgradeError
	var turnedAway *wire.DeniedError
	var wait *wire.WaitError
	var proxy *dial.ProxyError
	var name *net.DNSError
	switch {
	case errors.Is(err, dial.ErrRelayKey):
		return wrongKey
	case errors.As(err, &upgrade):
		return tooOld
	case errors.As(err, &turnedAway):
		return denied
	case errors.As(err, &wait):
		return waiting
	case errors.As(err, &proxy) && proxy.Status == http.StatusProxyAuthRequired:
		return proxyAsks
	case errors.As(err, &proxy):
		return proxyNo
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, errConnRefused), errors.Is(err, syscall.ECONNRESET), errors.Is(err, errConnReset):
		return refused
	case errors.As(err, &name):
		return unnamed
	case errors.Is(err, profile.ErrNotAllowed):
		return forbidden
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded), errors.Is(err, dial.ErrUnreachable):
		return silent
	default:
		return other
	}
}

// What Windows calls a connection that was turned away or broken off: WSAECONNREFUSED
// and WSAECONNRESET of winsock2.h.
const (
	errConnRefused = syscall.Errno(10061)
	errConnReset   = syscall.Errno(10054)
)

// fails says why a server was not reached, and what to do.
func fails(w *words.Words, err error) (says, next string) {
	var proxy *dial.ProxyError
	switch telling(err) {
	case wrongKey:
		return w.Text(words.CheckWrongKey), w.Text(words.CheckDangerNext)
	case tooOld:
		return w.Text(words.CheckUpgrade), w.Text(words.ProfileNext)
	case denied:
		return w.Text(words.CheckDenied), w.Text(words.CheckTellIT)
	case waiting:
		if wait, ok := errors.AsType[*wire.WaitError](err); ok {
			return w.Text(words.CheckWait, int(wait.After.Round(time.Second)/time.Second)), ""
		}
	case proxyAsks:
		if errors.As(err, &proxy) {
			if len(proxy.Schemes) == 0 {
				return w.Text(words.CheckProxyWho, proxy.Proxy), w.Text(words.CheckProxyLogin)
			}
			return w.Text(words.CheckProxyAsks, proxy.Proxy, strings.Join(proxy.Schemes, ", ")), w.Text(words.CheckProxyLogin)
		}
	case proxyNo:
		if errors.As(err, &proxy) {
			return w.Text(words.CheckProxyNo, proxy.Proxy, proxy.Status), w.Text(words.CheckProxyLogin)
		}
	case unnamed:
		return w.Text(words.CheckName), w.Text(words.CheckTellIT)
	case refused:
		return w.Text(words.CheckRefused), w.Text(words.CheckTellIT)
	case silent:
		return w.Text(words.CheckSilent), w.Text(words.CheckTellIT)
	case forbidden:
		return w.Text(words.CheckForbidden), w.Text(words.CheckTellIT)
	}
	return w.Text(words.CheckOther), w.Text(words.CheckTellIT)
}

// way says how one way went.
func way(w *words.Words, f dial.Finding) string {
	says, _ := fails(w, f.Err)
	if f.Way.Addr == "" { // the settings were of no use
		return says
	}
	name := f.Way.Addr + ", " + string(f.Way.Kind)
	if f.Way.Proxy != "" {
		name = w.Text(words.CheckThrough, name, f.Way.Proxy)
	}
	if f.Err == nil {
		return name + ": " + w.Text(words.CheckWorked, millis(f.Took))
	}
	return name + ": " + w.Text(words.CheckFailed, millis(f.Took), says)
}

// millis is at least 1: nothing takes no time.
func millis(d time.Duration) int { return int(max(d.Milliseconds(), 1)) }

func host(addr string) string {
	h, _, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	return h
}
