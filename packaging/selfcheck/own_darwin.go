package selfcheck

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"unsafe"

	"github.com/ebitengine/purego"
)

const (
	security       = "/System/Library/Frameworks/Security.framework/Security"
	coreFoundation = "/System/Library/Frameworks/CoreFoundation.framework/CoreFoundation"
)

// Values of SecCode.h, CSCommon.h and CFString.h.
const (
	errUnsigned    = -67062 // errSecCSUnsigned
	strict         = 1 << 4 // kSecCSStrictValidate
	allArchs       = 1 << 0 // kSecCSCheckAllArchitectures
	signingInfo    = 1 << 1 // kSecCSSigningInformation
	utf8Encoding   = 0x08000100
	maxTeam        = 64
	maxCertificate = 64 << 10
)

// frameworks are the functions of the system that are asked.
type frameworks struct {
	self        func(flags uint32, code *uintptr) int32
	static      func(code uintptr, flags uint32, static *uintptr) int32
	valid       func(code uintptr, flags uint32, requirement uintptr) int32
	information func(code uintptr, flags uint32, info *uintptr) int32
	certificate func(cert uintptr) uintptr // SecCertificateCopyData
	value       func(dict, key uintptr) uintptr
	count       func(array uintptr) int
	at          func(array uintptr, index int) uintptr
	length      func(data uintptr) int
	bytes       func(data uintptr, from, size int, to *byte)
	text        func(s uintptr, to *byte, size int, encoding uint32) bool
	release     func(object uintptr)
	newText     func(allocator uintptr, s string, encoding uint32) uintptr // CFStringCreateWithCString
	require     func(text uintptr, flags uint32, requirement *uintptr) int32

	team, certificates uintptr // the keys of the dictionary
}

func loadFrameworks() (f frameworks, err error) {
	sec, err := purego.Dlopen(security, purego.RTLD_LAZY)
	if err != nil {
		return f, err
	}
	core, err := purego.Dlopen(coreFoundation, purego.RTLD_LAZY)
	if err != nil {
		return f, err
	}
	for _, b := range []struct {
		from uintptr
		name string
		to   any
	}{
		{sec, "SecCodeCopySelf", &f.self},
		{sec, "SecCodeCopyStaticCode", &f.static},
		{sec, "SecStaticCodeCheckValidity", &f.valid},
		{sec, "SecCodeCopySigningInformation", &f.information},
		{sec, "SecCertificateCopyData", &f.certificate},
		{sec, "SecRequirementCreateWithString", &f.require},
		{core, "CFDictionaryGetValue", &f.value},
		{core, "CFArrayGetCount", &f.count},
		{core, "CFArrayGetValueAtIndex", &f.at},
		{core, "CFDataGetLength", &f.length},
		{core, "CFStringGetCString", &f.text},
		{core, "CFStringCreateWithCString", &f.newText},
		{core, "CFRelease", &f.release},
	} {
		symbol, err := purego.Dlsym(b.from, b.name)
		if err != nil {
			return f, err
		}
		purego.RegisterFunc(b.to, symbol)
	}
	get, err := purego.Dlsym(core, "CFDataGetBytes")
	if err != nil {
		return f, err
	}
	f.bytes = func(data uintptr, from, size int, to *byte) { // CFRange by value is two registers
		purego.SyscallN(get, data, uintptr(from), uintptr(size), uintptr(unsafe.Pointer(to))) //nolint:gosec // G103: to has room for size
	}
	for name, to := range map[string]*uintptr{"kSecCodeInfoTeamIdentifier": &f.team, "kSecCodeInfoCertificates": &f.certificates} {
		symbol, err := purego.Dlsym(sec, name)
		if err != nil {
			return f, err
		}
		*to = **(**uintptr)(unsafe.Pointer(&symbol)) //nolint:gosec // G103: a constant of the framework
	}
	return f, nil
}

// own asks macOS about the bundle or file that this program runs from, whether
// it is whole and who signed it. What the linker or codesign signs with no key
// at all is nobody's.
func own() (Signer, error) {
	f, err := loadFrameworks()
	if err != nil {
		return Signer{}, fmt.Errorf("%w: %w", ErrUnchecked, err)
	}
	var code, static, info uintptr
	if s := f.self(0, &code); s != 0 {
		return Signer{}, fmt.Errorf("%w: %w", ErrUnchecked, systemError(s))
	}
	defer f.release(code)
	if s := f.static(code, 0, &static); s != 0 {
		return Signer{}, fmt.Errorf("%w: %w", ErrUnchecked, systemError(s))
	}
	defer f.release(static)
	switch s := f.valid(static, strict|allArchs, 0); s {
	case 0:
	case errUnsigned:
		return Signer{}, ErrUnsigned
	default:
		return Signer{}, fmt.Errorf("%w: %w", ErrAltered, systemError(s))
	}
	if s := f.information(static, signingInfo, &info); s != 0 {
		return Signer{}, fmt.Errorf("%w: %w", ErrUnchecked, systemError(s))
	}
	defer f.release(info)
	s, err := f.signer(info)
	if err != nil {
		return Signer{}, err
	}
	return s.withTeam(f.claimed(info), func(requirement string) bool { return f.meets(static, requirement) }), nil
}

// claimed is the team that the code directory names; whoever signs writes there
// what they like.
func (f frameworks) claimed(info uintptr) string {
	var b [maxTeam]byte
	team := f.value(info, f.team)
	if team == 0 || !f.text(team, &b[0], len(b), utf8Encoding) {
		return ""
	}
	name, _, _ := bytes.Cut(b[:], []byte{0})
	return string(name)
}

// meets reports whether the code is whole and meets a requirement.
func (f frameworks) meets(static uintptr, requirement string) bool {
	var compiled uintptr
	text := f.newText(0, requirement, utf8Encoding)
	if text == 0 {
		return false
	}
	defer f.release(text)
	if f.require(text, 0, &compiled) != 0 {
		return false
	}
	defer f.release(compiled)
	return f.valid(static, strict|allArchs, compiled) == 0
}

// signer reads whose certificate signed from what macOS knows.
func (f frameworks) signer(info uintptr) (Signer, error) {
	chain := f.value(info, f.certificates)
	if chain == 0 || f.count(chain) == 0 {
		return Signer{}, ErrUnsigned // ad hoc: whole, and nobody's
	}
	data := f.certificate(f.at(chain, 0))
	if data == 0 {
		return Signer{}, fmt.Errorf("%w: no certificate", ErrUnchecked)
	}
	defer f.release(data)
	size := f.length(data)
	if size <= 0 || size > maxCertificate {
		return Signer{}, errors.Join(ErrUnchecked, fmt.Errorf("certificate of %d bytes", size))
	}
	der := make([]byte, size)
	f.bytes(data, 0, size, &der[0])
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return Signer{}, fmt.Errorf("%w: %w", ErrUnchecked, err)
	}
	return Signer{SPKI: sha256.Sum256(cert.RawSubjectPublicKeyInfo)}, nil
}
