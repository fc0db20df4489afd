package wire

import (
	"crypto/tls"
	_ "unsafe" // for go:linkname
)

// Go offers AES-128 first between two Go programs and has no setting for it.
// These two variables are kept reachable for this purpose (go.dev/issue/67401);
// TestSuiteIsAES256 fails should a release of Go take them away.

//go:linkname defaultCipherSuitesTLS13 crypto/tls.defaultCipherSuitesTLS13
var defaultCipherSuitesTLS13 []uint16 //nolint:gochecknoglobals // crypto/tls's, not ours

//go:linkname defaultCipherSuitesTLS13NoAES crypto/tls.defaultCipherSuitesTLS13NoAES
var defaultCipherSuitesTLS13NoAES []uint16 //nolint:gochecknoglobals // crypto/tls's, not ours

// suitePreferred makes AES-256 the first choice before main begins, so that no
// handshake reads the order while it changes. The other suites stay: programs
// talk HTTPS to others too.
var suitePreferred = preferSuite() //nolint:gochecknoglobals // the one place that may; see above

func preferSuite() bool {
	defaultCipherSuitesTLS13 = aes256First()
	defaultCipherSuitesTLS13NoAES = aes256First()
	return true
}

func aes256First() []uint16 {
	return []uint16{Suite, tls.TLS_CHACHA20_POLY1305_SHA256, tls.TLS_AES_128_GCM_SHA256}
}
