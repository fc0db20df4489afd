//go:build cgo

package sign

import (
	"crypto/ed25519"
	"crypto/x509"
	"fmt"

	"github.com/ThalesGroup/crypto11"
	"github.com/miekg/pkcs11"

	"lotse/packaging/signer"
)

// openToken opens an RSA or EC key in a token, and the certificate of the same
// label, if there is one.
func openToken(k signer.Key) (*Key, error) {
	ctx, err := crypto11.Configure(&crypto11.Config{Path: k.Module, TokenLabel: k.Token, Pin: k.Password.Reveal()})
	if err != nil {
		return nil, fmt.Errorf("%w: token %q: %w", ErrKey, k.Token, err)
	}
	out := &Key{token: ctx}
	key, err := ctx.FindKeyPair(nil, []byte(k.Label))
	if err == nil && key == nil {
		err = fmt.Errorf("no RSA or EC key of label %q", k.Label)
	}
	if err != nil {
		out.Close()
		return nil, fmt.Errorf("%w: token %q: %w", ErrKey, k.Token, err)
	}
	out.Signer = key
	certificate, err := ctx.FindCertificate(nil, []byte(k.Label), nil)
	if err != nil {
		out.Close()
		return nil, fmt.Errorf("%w: token %q: certificate: %w", ErrKey, k.Token, err)
	}
	if certificate != nil {
		out.Chain = []*x509.Certificate{certificate}
	}
	return out, nil
}

// Ed25519 in tokens (PKCS #11 3.0, 6.3), which crypto11 does not know.
const (
	ckkECEdwards = 0x40
	ckmEdDSA     = 0x1057
)

// textToken is an open session with a token that holds an Ed25519 key.
type textToken struct {
	module  *pkcs11.Ctx
	session pkcs11.SessionHandle
	opened  bool
}

func openTextToken(k signer.Key) (*textToken, error) {
	t := &textToken{module: pkcs11.New(k.Module)}
	if t.module == nil {
		return nil, fmt.Errorf("%w: %s is no PKCS#11 module", ErrKey, k.Module)
	}
	if err := t.open(k); err != nil {
		t.close()
		return nil, fmt.Errorf("%w: token %q: %w", ErrKey, k.Token, err)
	}
	return t, nil
}

func (t *textToken) open(k signer.Key) error {
	if err := t.module.Initialize(); err != nil {
		return fmt.Errorf("initialise: %w", err)
	}
	slot, err := t.slot(k.Token)
	if err != nil {
		return err
	}
	if t.session, err = t.module.OpenSession(slot, pkcs11.CKF_SERIAL_SESSION); err != nil {
		return fmt.Errorf("open a session: %w", err)
	}
	t.opened = true
	if err := t.module.Login(t.session, pkcs11.CKU_USER, k.Password.Reveal()); err != nil {
		return fmt.Errorf("log in: %w", err)
	}
	return nil
}

func (t *textToken) slot(label string) (uint, error) {
	slots, err := t.module.GetSlotList(true)
	if err != nil {
		return 0, fmt.Errorf("list: %w", err)
	}
	for _, s := range slots {
		if info, err := t.module.GetTokenInfo(s); err == nil && info.Label == label {
			return s, nil
		}
	}
	return 0, fmt.Errorf("none of this name among %d", len(slots))
}

// close ends the session; what fails then is nobody's concern any more.
func (t *textToken) close() {
	if t.opened {
		_ = t.module.CloseSession(t.session)
	}
	_ = t.module.Finalize()
	t.module.Destroy()
}

// find returns the one Ed25519 key of a class and label.
func (t *textToken) find(class uint, label string) (pkcs11.ObjectHandle, error) {
	err := t.module.FindObjectsInit(t.session, []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_CLASS, class), pkcs11.NewAttribute(pkcs11.CKA_KEY_TYPE, uint(ckkECEdwards)),
		pkcs11.NewAttribute(pkcs11.CKA_LABEL, label),
	})
	if err != nil {
		return 0, fmt.Errorf("%w: find: %w", ErrKey, err)
	}
	found, _, err := t.module.FindObjects(t.session, 2)
	if err == nil {
		err = t.module.FindObjectsFinal(t.session)
	}
	switch {
	case err != nil:
		return 0, fmt.Errorf("%w: find: %w", ErrKey, err)
	case len(found) == 0:
		return 0, errNoTextKey
	case len(found) > 1:
		return 0, fmt.Errorf("%w: two Ed25519 keys of label %q", ErrKey, label)
	}
	return found[0], nil
}

// public reads the key's public half: 32 bytes in an OCTET STRING.
func (t *textToken) public(label string) (ed25519.PublicKey, error) {
	handle, err := t.find(pkcs11.CKO_PUBLIC_KEY, label)
	if err != nil {
		return nil, err
	}
	values, err := t.module.GetAttributeValue(t.session, handle, []*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_EC_POINT, nil)})
	if err != nil || len(values) != 1 {
		return nil, fmt.Errorf("%w: public half: %w", ErrKey, err)
	}
	point := values[0].Value
	if n := len(point); n == ed25519.PublicKeySize+2 && point[0] == 4 && point[1] == ed25519.PublicKeySize {
		point = point[2:]
	}
	if len(point) != ed25519.PublicKeySize {
		return nil, fmt.Errorf("%w: public half of %d bytes", ErrKey, len(point))
	}
	return point, nil
}

// showTextKey returns the SubjectPublicKeyInfo of an Ed25519 key in a token.
func showTextKey(k signer.Key) ([]byte, error) {
	t, err := openTextToken(k)
	if err != nil {
		return nil, err
	}
	defer t.close()
	public, err := t.public(k.Label)
	if err != nil {
		return nil, err
	}
	out, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	return out, nil
}

// signTextInToken signs a text with an Ed25519 key in a token, and checks what
// the token returned.
func signTextInToken(k signer.Key, text []byte) ([]byte, error) {
	t, err := openTextToken(k)
	if err != nil {
		return nil, err
	}
	defer t.close()
	public, err := t.public(k.Label)
	if err != nil {
		return nil, err
	}
	private, err := t.find(pkcs11.CKO_PRIVATE_KEY, k.Label)
	if err != nil {
		return nil, err
	}
	if err := t.module.SignInit(t.session, []*pkcs11.Mechanism{pkcs11.NewMechanism(ckmEdDSA, nil)}, private); err != nil {
		return nil, fmt.Errorf("%w: sign: %w", ErrKey, err)
	}
	signature, err := t.module.Sign(t.session, text)
	if err != nil {
		return nil, fmt.Errorf("%w: sign: %w", ErrKey, err)
	}
	if !ed25519.Verify(public, text, signature) {
		return nil, fmt.Errorf("%w: what the token returned is no signature", ErrKey)
	}
	return signature, nil
}
