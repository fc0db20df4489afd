package selfcheck

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"unsafe"

	"golang.org/x/sys/windows"

	"lotse/packaging/profile"
)

// maxProgram is the longest program in bytes that is looked at; ours have 30 MB.
const maxProgram = 256 << 20

// own returns who signed the file that this program runs from.
func own() (Signer, error) {
	path, err := os.Executable()
	if err != nil {
		return Signer{}, fmt.Errorf("%w: %w", ErrUnchecked, err)
	}
	return File(path)
}

// Of checks another program, which is to take this one's place, with a profile.
func Of(path string, p *profile.Profile) error {
	return judge(p, func() (Signer, error) { return File(path) })
}

// File returns who signed a program. Our own reading and Windows' must agree:
// ours is stricter about what may lie in the file, Windows' is the one by which
// the system itself judges. Neither asks whether a certificate was revoked: that
// would need the network. What was taken back leaves the profile's signers.
func File(path string) (Signer, error) {
	program, err := readProgram(path)
	if err != nil {
		return Signer{}, err
	}
	s, err := PE(program)
	if err != nil {
		return Signer{}, err
	}
	if err := verdict(trust(path)); err != nil {
		return Signer{}, err
	}
	return s, nil
}

func readProgram(path string) ([]byte, error) {
	f, err := os.Open(path) //nolint:gosec // the program that the caller names
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnchecked, err)
	}
	program, err := io.ReadAll(io.LimitReader(f, maxProgram+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnchecked, err)
	}
	return program, nil
}

// trust asks Windows (WinVerifyTrust) about a file, from memory alone: nothing
// is fetched. nil is trusted.
func trust(path string) error {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnchecked, err)
	}
	file := windows.WinTrustFileInfo{FilePath: name}
	file.Size = uint32(unsafe.Sizeof(file))
	data := windows.WinTrustData{
		UIChoice: windows.WTD_UI_NONE, RevocationChecks: windows.WTD_REVOKE_NONE, UnionChoice: windows.WTD_CHOICE_FILE,
		StateAction:                     windows.WTD_STATEACTION_VERIFY,
		ProvFlags:                       windows.WTD_CACHE_ONLY_URL_RETRIEVAL | windows.WTD_REVOCATION_CHECK_NONE,
		FileOrCatalogOrBlobOrSgnrOrCert: unsafe.Pointer(&file), //nolint:gosec // G103: what the choice above says
	}
	data.Size = uint32(unsafe.Sizeof(data))
	got := windows.WinVerifyTrustEx(windows.InvalidHWND, &windows.WINTRUST_ACTION_GENERIC_VERIFY_V2, &data)
	data.StateAction = windows.WTD_STATEACTION_CLOSE
	closing := windows.WinVerifyTrustEx(windows.InvalidHWND, &windows.WINTRUST_ACTION_GENERIC_VERIFY_V2, &data)
	if got == nil && closing != nil {
		return closing
	}
	return got
}

// verdict is what Windows' word means for us. That Windows does not know the
// authority, or that its time is over, is no reason: the profile names the key
// itself. Neither is a signature that it can't compute where we could: Wine
// answers so to keys on curves.
func verdict(err error) error {
	var code windows.Errno
	if err == nil {
		return nil
	}
	if !errors.As(err, &code) {
		return fmt.Errorf("%w: %w", ErrUnchecked, err)
	}
	ours := []windows.Handle{
		windows.CERT_E_UNTRUSTEDROOT, windows.CERT_E_CHAINING, windows.CERT_E_EXPIRED, windows.CERT_E_UNTRUSTEDTESTROOT,
		windows.TRUST_E_CERT_SIGNATURE,
	}
	said := windows.Handle(uint32(code))
	if slices.Contains(ours, said) {
		return nil
	}
	if said == windows.TRUST_E_NOSIGNATURE {
		return fmt.Errorf("%w: Windows finds no signature: %w", ErrAltered, systemError(code))
	}
	return fmt.Errorf("%w: %w", ErrAltered, systemError(code))
}
