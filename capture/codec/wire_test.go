package codec

import (
	"bytes"
	"encoding/hex"
	"errors"
	"image"
	"reflect"
	"testing"
)

// sample has every operation; its coded part is not a real one.
func sample() (u update, ops []byte) {
	u = update{
		head: head{key: true, sequence: 0x01020304, width: 300, height: 200, epoch: 7},
		ops: []op{
			{kind: opCopy, rect: image.Rect(0, 16, 300, 200), from: image.Pt(0, 0)},
			{kind: opSolid, rect: image.Rect(10, 20, 30, 40), colour: 0x112233},
			{kind: opLossless, rect: image.Rect(299, 199, 300, 200)},
			{kind: opPhoto, rect: image.Rect(0, 0, 128, 1), quality: 70},
			{kind: opVideo, rect: image.Rect(2, 4, 130, 5), slot: 1, begin: true, data: []byte{7, 8}},
		},
		coded: []byte{0xaa, 0xbb},
	}
	for _, o := range u.ops {
		ops = o.append(ops)
	}
	return u, ops
}

const sampleHex = "0201" + "01020304" + "012c" + "00c8" + "00000007" + "05" +
	"01" + "0010" + "ac02" + "b801" + "0000" +
	"02" + "0a141414" + "332211" +
	"03" + "ab02" + "c701" + "0101" +
	"04" + "0000" + "8001" + "01" + "46" +
	"05" + "0204" + "8001" + "01" + "01" + "01" + "02" + "0708" +
	"02" + "aabb"

func parse(b []byte) (u update, err error) {
	r := &reader{b: b}
	if u.head, err = parseHead(r); err != nil {
		return update{}, err
	}
	u.ops, u.coded, err = parseBody(r, image.Pt(u.width, u.height))
	return u, err
}

func TestUpdateHasTheseBytes(t *testing.T) {
	u, ops := sample()
	if got := hex.EncodeToString(u.append(nil, ops, len(u.ops))); got != sampleHex {
		t.Errorf("got  %s\nwant %s", got, sampleHex)
	}
}

func TestUpdateComesBack(t *testing.T) {
	u, ops := sample()
	got, err := parse(u.append(nil, ops, len(u.ops)))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, u) {
		t.Errorf("got  %+v\nwant %+v", got, u)
	}
}

func TestUpdateRefusesEveryPrefixAndOneByteMore(t *testing.T) {
	u, ops := sample()
	whole := u.append(nil, ops, len(u.ops))
	for n := range whole {
		if _, err := parse(whole[:n]); !errors.Is(err, ErrFormat) {
			t.Errorf("%d of %d bytes: got %v, want ErrFormat", n, len(whole), err)
		}
	}
	if _, err := parse(append(bytes.Clone(whole), 0)); !errors.Is(err, ErrFormat) {
		t.Errorf("one byte more: got %v, want ErrFormat", err)
	}
}

func TestUpdateRefusesWhatIsOutside(t *testing.T) {
	size := image.Pt(300, 200)
	solid := func(r image.Rectangle) op { return op{kind: opSolid, rect: r} }
	full := solid(image.Rectangle{Max: size})
	tests := []struct {
		name string
		ops  []op
	}{
		{"empty rectangle", []op{solid(image.Rect(5, 5, 5, 6))}},
		{"too wide", []op{solid(image.Rect(0, 0, 301, 1))}},
		{"below", []op{solid(image.Rect(0, 200, 1, 201))}},
		{"source outside", []op{{kind: opCopy, rect: image.Rect(0, 0, 10, 10), from: image.Pt(291, 0)}}},
		{"copy after paint", []op{solid(image.Rect(0, 0, 1, 1)), {kind: opCopy, rect: image.Rect(0, 0, 10, 10)}}},
		{"no quality", []op{{kind: opPhoto, rect: image.Rect(0, 0, 1, 1)}}},
		{"more than the best quality", []op{{kind: opPhoto, rect: image.Rect(0, 0, 1, 1), quality: 101}}},
		{"slot", []op{{kind: opVideo, rect: image.Rect(0, 0, 1, 1), slot: maxFilms}}},
		{"painted too often", []op{full, full, full, solid(image.Rect(0, 0, 1, 1))}},
		{"kind zero", []op{{kind: 0, rect: image.Rect(0, 0, 1, 1)}}},
		{"kind unknown", []op{{kind: 6, rect: image.Rect(0, 0, 1, 1)}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var ops []byte
			for _, o := range test.ops {
				ops = o.append(ops)
			}
			u := update{head: head{key: true, width: size.X, height: size.Y}}
			if _, err := parse(u.append(nil, ops, len(test.ops))); !errors.Is(err, ErrFormat) {
				t.Errorf("got %v, want ErrFormat", err)
			}
		})
	}
}

func TestUpdateBoundsItsOperations(t *testing.T) {
	h := head{key: true, width: 3000, height: 2000}
	tests := []struct {
		name  string
		o     op
		count int
		want  error
	}{
		{"most operations", op{kind: opSolid, rect: image.Rect(0, 0, 1, 1)}, maxOps, nil},
		{"one more", op{kind: opSolid, rect: image.Rect(0, 0, 1, 1)}, maxOps + 1, ErrFormat},
		{"most copies", op{kind: opCopy, rect: image.Rect(0, 0, 1, 1)}, maxCopies, nil},
		{"one copy more", op{kind: opCopy, rect: image.Rect(0, 0, 1, 1)}, maxCopies + 1, ErrFormat},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			ops := bytes.Repeat(test.o.append(nil), test.count)
			if _, err := parse(update{head: h}.append(nil, ops, test.count)); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

func TestNumbersHaveOneForm(t *testing.T) {
	for _, b := range [][]byte{{0x80, 0x00}, {0x81, 0x80, 0x00}, {0x80}, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02}, {}} {
		if r := (&reader{b: b}); r.number(1<<30) != 0 || !r.bad {
			t.Errorf("%x was read as a number", b)
		}
	}
}
