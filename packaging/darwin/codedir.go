package darwin

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // requirements name a certificate by it; nothing is proved with it
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/binary"
	"fmt"
	"slices"
)

// Blobs of a code signature (Apple, Security framework, cscdefs.h and
// codedirectory.h), big-endian: magic, length with this head, content.
const (
	magicSignature    = 0xfade0cc0
	magicDirectory    = 0xfade0c02
	magicRequirement  = 0xfade0c00
	magicRequirements = 0xfade0c01
	magicEntitlements = 0xfade7171
	magicDER          = 0xfade7172
	magicWrapper      = 0xfade0b01
	blobHead          = 8
)

// Where a blob stands in the index, and with its number negative among the
// hashes in the code directory.
const (
	slotDirectory    = 0
	slotInfo         = 1
	slotRequirements = 2
	slotResources    = 3
	slotEntitlements = 5
	slotDER          = 7
	slotSignature    = 0x10000
	specialSlots     = 7
)

// What the code directory says.
const (
	// directoryVersion is the first that names the version of the hardened
	// runtime.
	directoryVersion = 0x20500
	directoryHead    = 96
	hashSHA256       = 2
	pageBits         = 12
	flagAdhoc        = 0x2
	flagRuntime      = 0x10000
	mainProgram      = 1
)

// HashSize is the length in bytes of a code directory's hash as Apple's tools
// print it: the beginning of a SHA-256.
const HashSize = 20

// sealed is everything that a signature of one slice covers.
type sealed struct {
	code       []byte // from the file's first byte to the signature
	layout     layout
	identifier string
	team       string
	adhoc      bool
	info       []byte // Info.plist
	resources  []byte // CodeResources
	require    []byte // blob
}

// directory is the code directory: the hash of each page of code, of the
// bundle's files, and of the blobs beside it.
func (s *sealed) directory() []byte {
	pages := (len(s.code) + 1<<pageBits - 1) >> pageBits
	teamAt := 0
	if s.team != "" {
		teamAt = directoryHead + len(s.identifier) + 1
	}
	hashes := s.hashes() + specialSlots*sha256.Size
	size := hashes + pages*sha256.Size
	flags := uint32(flagRuntime)
	if s.adhoc {
		flags |= flagAdhoc
	}
	be := binary.BigEndian
	out := make([]byte, 0, size)
	for _, n := range []uint32{
		magicDirectory, uint32(size), directoryVersion, flags, uint32(hashes), directoryHead, specialSlots, uint32(pages), uint32(len(s.code)),
	} {
		out = be.AppendUint32(out, n)
	}
	out = append(out, sha256.Size, hashSHA256, 0, pageBits)
	for _, n := range []uint32{0, 0, uint32(teamAt), 0} { // spare, scatter, team, spare
		out = be.AppendUint32(out, n)
	}
	for _, n := range []uint64{0, 0, s.layout.text, mainProgram} { // long limit; where the code's segment begins, ends, and what it is
		out = be.AppendUint64(out, n)
	}
	out = be.AppendUint32(out, s.layout.sdk)
	out = be.AppendUint32(out, 0) // nothing is encrypted
	out = append(out, s.identifier+"\x00"...)
	if s.team != "" {
		out = append(out, s.team+"\x00"...)
	}
	for i := specialSlots; i > 0; i-- {
		out = append(out, s.special(i)...)
	}
	return append(out, s.pages()...)
}

// hashes is where in the code directory the hashes begin.
func (s *sealed) hashes() int {
	n := directoryHead + len(s.identifier) + 1
	if s.team != "" {
		n += len(s.team) + 1
	}
	return n
}

// pages are the hashes of the code's pages.
func (s *sealed) pages() []byte {
	out := make([]byte, 0, (len(s.code)>>pageBits+1)*sha256.Size)
	for page := range slices.Chunk(s.code, 1<<pageBits) {
		sum := sha256.Sum256(page)
		out = append(out, sum[:]...)
	}
	return out
}

// special is the hash that stands i places before that of the first page.
func (s *sealed) special(i int) []byte {
	hash := func(b []byte) []byte { sum := sha256.Sum256(b); return sum[:] }
	switch i {
	case slotInfo:
		return hash(s.info)
	case slotRequirements:
		return hash(s.require)
	case slotResources:
		return hash(s.resources)
	case slotEntitlements:
		return hash(blob(magicEntitlements, entitlementsXML()))
	case slotDER:
		return hash(blob(magicDER, entitlementsDER()))
	}
	return make([]byte, sha256.Size)
}

// superblob puts a signature's parts together; cms is empty in one that nobody
// signed.
func (s *sealed) superblob(directory, cms []byte) []byte {
	return index(
		item{slotDirectory, directory}, item{slotRequirements, s.require}, item{slotEntitlements, blob(magicEntitlements, entitlementsXML())},
		item{slotDER, blob(magicDER, entitlementsDER())}, item{slotSignature, blob(magicWrapper, cms)},
	)
}

// item is a blob and its place.
type item struct {
	slot uint32
	blob []byte
}

const indexHead, indexEntry = 12, 8

func index(items ...item) []byte {
	at := indexHead + indexEntry*len(items)
	size := at
	for _, i := range items {
		size += len(i.blob)
	}
	be := binary.BigEndian
	out := make([]byte, 0, size)
	for _, n := range []uint32{magicSignature, uint32(size), uint32(len(items))} {
		out = be.AppendUint32(out, n)
	}
	for _, i := range items {
		out = be.AppendUint32(be.AppendUint32(out, i.slot), uint32(at))
		at += len(i.blob)
	}
	for _, i := range items {
		out = append(out, i.blob...)
	}
	return out
}

// maxItems is how many blobs a signature may have before it is not read on.
const maxItems = 16

// splitIndex returns the blobs of a signature by their place, and how long the
// signature is. It checks no more than that they lie inside.
func splitIndex(b []byte) (map[uint32][]byte, int, error) {
	be := binary.BigEndian
	if len(b) < indexHead || be.Uint32(b) != magicSignature {
		return nil, 0, fmt.Errorf("%w: not a code signature", ErrSignature)
	}
	size, n := be.Uint32(b[4:]), be.Uint32(b[8:])
	if uint64(size) > uint64(len(b)) || n > maxItems || uint64(size) < indexHead+uint64(n)*indexEntry {
		return nil, 0, fmt.Errorf("%w: index", ErrSignature)
	}
	out := make(map[uint32][]byte)
	for i := range int(n) {
		entry := b[indexHead+i*indexEntry:]
		at := be.Uint32(entry[4:])
		if uint64(at)+blobHead > uint64(size) {
			return nil, 0, fmt.Errorf("%w: index", ErrSignature)
		}
		length := be.Uint32(b[at+4:])
		if length < blobHead || uint64(at)+uint64(length) > uint64(size) {
			return nil, 0, fmt.Errorf("%w: index", ErrSignature)
		}
		out[be.Uint32(entry)] = b[at : at+length]
	}
	return out, int(size), nil
}

func blob(magic uint32, content []byte) []byte {
	out := make([]byte, 0, blobHead+len(content))
	out = binary.BigEndian.AppendUint32(out, magic)
	out = binary.BigEndian.AppendUint32(out, uint32(blobHead+len(content)))
	return append(out, content...)
}

// Words of the language of requirements (Apple, requirement.h).
const (
	opIdentifier = 2
	opHash       = 4
	opAnd        = 6
	opField      = 11
	opExtension  = 14
	opApple      = 15
	matchExists  = 0
	matchEqual   = 1
	designated   = 3
)

func appleOID(rest ...int) asn1.ObjectIdentifier {
	return append(asn1.ObjectIdentifier{1, 2, 840, 113635, 100}, rest...)
}

// Extensions by which Apple marks a certificate for programs that are handed
// out outside its shop, and the one that issued it.
func developerID() asn1.ObjectIdentifier       { return appleOID(6, 1, 13) }
func developerIDIssuer() asn1.ObjectIdentifier { return appleOID(6, 2, 6) }

// requirements says by what macOS knows a later version as the same program:
// with Apple's Developer ID by identifier and team, so that what a person
// allowed outlives the certificate; else by identifier and certificate. One
// that nobody signed has none.
func requirements(identifier string, leaf *x509.Certificate) []byte {
	be := binary.BigEndian
	if leaf == nil {
		return blob(magicRequirements, make([]byte, 4))
	}
	var terms [][]byte
	word := func(op uint32, rest ...[]byte) {
		terms = append(terms, append(be.AppendUint32(nil, op), bytes.Join(rest, nil)...))
	}
	number := func(n uint32) []byte { return be.AppendUint32(nil, n) }
	word(opIdentifier, padded([]byte(identifier)))
	if team := Team(leaf); team != "" {
		word(opApple)
		word(opExtension, number(1), padded(encodeOID(developerIDIssuer())), number(matchExists))
		word(opExtension, number(0), padded(encodeOID(developerID())), number(matchExists))
		word(opField, number(0), padded([]byte("subject.OU")), number(matchEqual), padded([]byte(team)))
	} else {
		sum := sha1.Sum(leaf.Raw) //nolint:gosec // as above
		word(opHash, number(0), padded(sum[:]))
	}
	expression := number(1)
	for i, t := range terms {
		if i < len(terms)-1 {
			expression = append(expression, number(opAnd)...)
		}
		expression = append(expression, t...)
	}
	const at = 20 // behind the set's head, number and one entry
	return blob(magicRequirements, slices.Concat(number(1), number(designated), number(at), blob(magicRequirement, expression)))
}

// padded is data as requirements hold it: its length, and zeros up to 4 bytes.
func padded(b []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(b)))
	out = append(out, b...)
	return append(out, make([]byte, roundUp(len(b), 4)-len(b))...)
}

// encodeOID is the identifier's content in DER.
func encodeOID(id asn1.ObjectIdentifier) []byte {
	der, err := asn1.Marshal(id)
	if err != nil {
		return nil // the few that are asked for are written above
	}
	return der[2:]
}

// Team is the team identifier in a certificate that Apple issued for signing
// code, or nothing. Whether Apple issued it is the chain's to say.
func Team(c *x509.Certificate) string {
	for _, e := range c.Extensions {
		if e.Id.Equal(developerID()) && len(c.Subject.OrganizationalUnit) == 1 {
			return c.Subject.OrganizationalUnit[0]
		}
	}
	return ""
}
