package dial

import (
	"encoding/base64"
	"errors"
	"unsafe"

	"github.com/alexbrainman/sspi"
	"golang.org/x/sys/windows"
)

// maxToken is the longest token that is taken from Windows; Kerberos tickets of
// people in very many groups have up to 48 KiB.
const maxToken = 64 << 10

// errReset says that the other end ended a connection at once.
const errReset = windows.WSAECONNRESET

// sspiLogin lets Windows prove who is logged in (SSPI). The password stays with
// Windows, which may ask a domain, and takes as long as that takes.
type sspiLogin struct {
	scheme, host string
	cred         *sspi.Credentials // nil before the first answer
	ctx          *sspi.Context
	target       *uint16
	said         int // how many tokens
	done         bool
}

// userLogin proves as whoever is logged in. Where Windows can't, without the
// package or without somebody whom it knows, the first answer says so.
func userLogin(scheme, host string) login { return &sspiLogin{scheme: scheme, host: host} }

// errNotProven says that Windows does not prove who is logged in.
var errNotProven = errors.New("dial: Windows does not prove who is logged in")

// begin gets what proves who is logged in.
func (l *sspiLogin) begin() error {
	target, err := windows.UTF16PtrFromString("HTTP/" + l.host) // RFC 4559 section 4.1
	if err != nil {
		return errNotProven
	}
	cred, err := sspi.AcquireCredentials("", l.scheme, sspi.SECPKG_CRED_OUTBOUND, nil)
	if err != nil {
		return errors.Join(errNotProven, err)
	}
	l.cred, l.ctx, l.target = cred, sspi.NewClientContext(cred, sspi.ISC_REQ_CONNECTION), target
	return nil
}

func (l *sspiLogin) answer(rest string) (string, error) {
	if l.done || l.said > 0 && rest == "" {
		return "", errNotLet
	}
	var in *sspi.SecBufferDesc
	if l.said > 0 {
		question, err := base64.StdEncoding.DecodeString(rest)
		if err != nil || len(question) == 0 {
			return "", errNotLet
		}
		in = sspi.NewSecBufferDesc([]sspi.SecBuffer{{
			BufferSize: uint32(len(question)), BufferType: sspi.SECBUFFER_TOKEN, Buffer: unsafe.SliceData(question), //nolint:gosec // as the system takes it
		}})
	} else if err := l.begin(); err != nil {
		return "", err
	}
	token := make([]byte, maxToken)
	said := []sspi.SecBuffer{{BufferSize: maxToken, BufferType: sspi.SECBUFFER_TOKEN, Buffer: unsafe.SliceData(token)}} //nolint:gosec // as the system takes it
	ret := l.ctx.Update(l.target, sspi.NewSecBufferDesc(said), in)
	l.done = ret == sspi.SEC_E_OK
	if ret == sspi.SEC_E_LOGON_DENIED {
		return "", errNotLet
	}
	if !l.done && ret != sspi.SEC_I_CONTINUE_NEEDED {
		return "", errors.Join(errNotProven, ret)
	}
	l.said++
	return base64.StdEncoding.EncodeToString(token[:min(said[0].BufferSize, maxToken)]), nil
}

// proven is from the second token on, or from a first one that is the only one:
// Kerberos alone may say it all at once, NTLM says it last.
func (l *sspiLogin) proven() bool { return l.done || l.said > 1 }

func (l *sspiLogin) close() {
	if l.cred == nil {
		return
	}
	if l.ctx.Handle != nil {
		_ = l.ctx.Release() // it proved, or not
	}
	_ = l.cred.Release() // it is of no use any more
}
