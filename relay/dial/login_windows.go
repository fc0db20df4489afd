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

// sspiLogin lets Windows prove who is logged in (SSPI). The password stays with
// Windows.
type sspiLogin struct {
	cred   *sspi.Credentials
	ctx    *sspi.Context
	target *uint16
	begun  bool
	done   bool
}

// userLogin proves as whoever is logged in, or returns nil where Windows can't:
// without the package, or without somebody whom it knows.
func userLogin(scheme, host string) login {
	cred, err := sspi.AcquireCredentials("", scheme, sspi.SECPKG_CRED_OUTBOUND, nil)
	if err != nil {
		return nil
	}
	target, err := windows.UTF16PtrFromString("HTTP/" + host) // RFC 4559 section 4.1
	if err != nil {
		_ = cred.Release() // of no use
		return nil
	}
	return &sspiLogin{cred: cred, ctx: sspi.NewClientContext(cred, sspi.ISC_REQ_CONNECTION), target: target}
}

func (l *sspiLogin) answer(rest string) (string, error) {
	if l.done || l.begun && rest == "" {
		return "", errNotLet
	}
	var in *sspi.SecBufferDesc
	if l.begun {
		question, err := base64.StdEncoding.DecodeString(rest)
		if err != nil || len(question) == 0 {
			return "", errNotLet
		}
		in = sspi.NewSecBufferDesc([]sspi.SecBuffer{{
			BufferSize: uint32(len(question)), BufferType: sspi.SECBUFFER_TOKEN, Buffer: unsafe.SliceData(question), //nolint:gosec // as the system takes it
		}})
	}
	l.begun = true
	token := make([]byte, maxToken)
	said := []sspi.SecBuffer{{BufferSize: maxToken, BufferType: sspi.SECBUFFER_TOKEN, Buffer: unsafe.SliceData(token)}} //nolint:gosec // as the system takes it
	ret := l.ctx.Update(l.target, sspi.NewSecBufferDesc(said), in)
	l.done = ret == sspi.SEC_E_OK
	if ret == sspi.SEC_E_LOGON_DENIED {
		return "", errNotLet
	}
	if !l.done && ret != sspi.SEC_I_CONTINUE_NEEDED {
		return "", errors.Join(errors.New("dial: Windows does not prove who is logged in"), ret)
	}
	return base64.StdEncoding.EncodeToString(token[:min(said[0].BufferSize, maxToken)]), nil
}

func (l *sspiLogin) proven() bool { return l.done }

func (l *sspiLogin) close() {
	if l.begun {
		_ = l.ctx.Release() // it proved, or not
	}
	_ = l.cred.Release() // it is of no use any more
}
