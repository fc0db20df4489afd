//go:build !cgo

package sign

import "lotse/packaging/signer"

func openToken(signer.Key) (*Key, error) { return nil, ErrUnsupported }

func showTextKey(signer.Key) ([]byte, error) { return nil, ErrUnsupported }

func signTextInToken(signer.Key, []byte) ([]byte, error) { return nil, ErrUnsupported }
