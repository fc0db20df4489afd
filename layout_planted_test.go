package lotse_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/fstest"
)

// TestLayoutSeesPlantedBreaches proves that the test above can fail: each row
// is a small house with one thing wrong, or none.
func TestLayoutSeesPlantedBreaches(t *testing.T) {
	for _, c := range planted() {
		t.Run(c.name, func(t *testing.T) {
			files := fstest.MapFS{}
			for name, imports := range c.files {
				source := []byte("//go:build windows\n\npackage x\n")
				for _, i := range imports {
					source = fmt.Appendf(source, "import _ %q\n", i)
				}
				files[name] = &fstest.MapFile{Data: source}
			}
			house, err := readTree(files)
			if err != nil {
				t.Fatal(err)
			}
			if got := house.breaches(); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// house is a small tree of files with what each imports, and what is wrong.
type house struct {
	name  string
	files map[string][]string
	want  []string
}

func planted() []house {
	const down = ": imports point down, never up or sideways"
	const blind = ": a relay cannot open a record"
	return []house{
		{
			name: "nothing wrong",
			files: map[string][]string{
				"apps/master/main.go":          {"lotse/master", "fyne.io/fyne/v2"},
				"master/room.go":               {"lotse/participant", "lotse/relay/hub"},
				"participant/member.go":        {"lotse/relay/dial", "lotse/participant/link", "lotse/capture/screen", "crypto/sha256"},
				"participant/member_test.go":   {"lotse/relay/relaytest"},
				"participant/link/link.go":     {"lotse/crypto/sframe"},
				"capture/screen/x_windows.go":  {"lotse/capture", "github.com/kbinani/screenshot"},
				"relay/hub/hub.go":             {"lotse/relay/wire", "lotse/packaging/profile"},
				"packaging/profile/profile.go": {"lotse/crypto/canon"},
				"crypto/canon/canon.go":        {"github.com/fxamacker/cbor/v2", "unsafe"},
				"out/x.go":                     {"lotse/nowhere"},
			},
		},
		{
			name: "a packager that opens keys or dials",
			files: map[string][]string{
				"packaging/pack/a.go":  {"lotse/packaging/sign", "lotse/packaging/stamp"},
				"packaging/stamp/a.go": {"net/http"},
				"packaging/sign/a.go":  {"github.com/ThalesGroup/crypto11", "net/http"},
			},
			want: []string{
				"lotse/packaging/pack reaches lotse/packaging/sign: lotse-pack opens no key for code and dials nobody",
			},
		},
		{
			name: "a packager that dials",
			files: map[string][]string{
				"packaging/pack/a.go":  {"lotse/packaging/stamp"},
				"packaging/stamp/a.go": {"net/http"},
			},
			want: []string{"lotse/packaging/pack reaches lotse/packaging/stamp → net/http: lotse-pack opens no key for code and dials nobody"},
		},
		{
			name:  "a library away from home, on another system",
			files: map[string][]string{"participant/gate/x_darwin.go": {"github.com/go-vgo/robotgo/key", "C"}},
			want:  []string{"lotse/participant/gate imports github.com/go-vgo/robotgo/key: its only home is lotse/capture/input"},
		},
		{
			name: "every other library away from home",
			files: map[string][]string{
				"master/a.go":           {"fyne.io/fyne/v2/widget", "modernc.org/sqlite"},
				"relay/hub/a.go":        {"database/sql", "github.com/jackc/pgx/v5"},
				"participant/link/a.go": {"github.com/pion/webrtc/v4"},
				"packaging/brand/a.go":  {"github.com/sassoftware/relic/v8/lib/authenticode"},
				"apps/ui/a_test.go":     {"github.com/kbinani/screenshot"},
			},
			want: []string{
				"lotse/apps/ui imports github.com/kbinani/screenshot: its only home is lotse/capture/screen",
				"lotse/master imports fyne.io/fyne/v2/widget: its only home is lotse/apps",
				"lotse/master imports modernc.org/sqlite: its only home is lotse/relay/store",
				"lotse/packaging/brand imports github.com/sassoftware/relic/v8/lib/authenticode: its only home is lotse/packaging/sign",
				"lotse/participant/link imports github.com/pion/webrtc/v4: its only home is lotse/participant/link/direct",
				"lotse/relay/hub imports database/sql: its only home is lotse/relay/store",
				"lotse/relay/hub imports github.com/jackc/pgx/v5: its only home is lotse/relay/store",
			},
		},
		{
			name: "up and sideways",
			files: map[string][]string{
				"crypto/note/a.go":     {"lotse/packaging/profile"},
				"capture/a.go":         {"lotse/capture/codec"},
				"capture/codec/a.go":   {"lotse/relay/dial"},
				"participant/a.go":     {"lotse/apps/ui"},
				"relay/wire/a_test.go": {"lotse/relay/hub"},
				"packaging/brand/a.go": {"lotse/relay/depot"},
			},
			want: []string{
				"lotse/capture imports lotse/capture/codec" + down,
				"lotse/capture/codec imports lotse/relay/dial" + down,
				"lotse/crypto/note imports lotse/packaging/profile" + down,
				"lotse/packaging/brand imports lotse/relay/depot" + down,
				"lotse/participant imports lotse/apps/ui" + down,
				"lotse/relay/wire imports lotse/relay/hub" + down,
			},
		},
		{
			name: "a relay that could open a record, three packages away",
			files: map[string][]string{
				"relay/hub/a.go":         {"lotse/packaging/profile"},
				"packaging/profile/a.go": {"lotse/crypto/note"},
				"crypto/note/a.go":       {"lotse/crypto/epoch"},
				"apps/relay/main.go":     {"lotse/relay/hub"},
			},
			want: []string{
				"lotse/apps/relay reaches lotse/relay/hub → lotse/packaging/profile → lotse/crypto/note → lotse/crypto/epoch" + blind,
				"lotse/relay/hub reaches lotse/packaging/profile → lotse/crypto/note → lotse/crypto/epoch" + blind,
			},
		},
		{
			name: "a relay's test that knows the inner language",
			files: map[string][]string{
				"relay/hub/a_test.go": {"lotse/participant/message"},
			},
			want: []string{
				"lotse/relay/hub imports lotse/participant/message" + down,
				"lotse/relay/hub reaches lotse/participant/message" + blind,
			},
		},
		{
			name:  "a participant that knows the moderator, or runs a relay",
			files: map[string][]string{"participant/a.go": {"lotse/master", "lotse/relay/hub"}},
			want: []string{
				"lotse/participant imports lotse/master" + down,
				"lotse/participant reaches lotse/master: a participant does not know the moderator's code",
				"lotse/participant reaches lotse/relay/hub: a participant dials a relay and is none",
			},
		},
		{
			name: "a program that is a relay behind its dialler, and one with test doubles",
			files: map[string][]string{
				"apps/participant/main.go": {"lotse/relay/dial"},
				"apps/relay/main.go":       {"lotse/relay/relaytest"},
				"relay/dial/a.go":          {"lotse/relay/wire", "lotse/relay/hub"},
				"relay/dial/a_test.go":     {"lotse/relay/relaytest"},
			},
			want: []string{
				"lotse/apps/participant reaches lotse/relay/dial → lotse/relay/hub: a participant dials a relay and is none",
				"lotse/apps/relay reaches lotse/relay/relaytest: no program carries test doubles",
			},
		},
		{
			name: "a decoder that is not pure, and a client that can sign",
			files: map[string][]string{
				"capture/codec/a_linux.go": {"unsafe"},
				"capture/codec/b.go":       {"C"},
				"apps/master/main.go":      {"lotse/packaging/brand"},
				"packaging/brand/a.go":     {"lotse/packaging/sign"},
			},
			want: []string{
				"lotse/apps/master reaches lotse/packaging/brand → lotse/packaging/sign: no client carries a signing tool",
				"lotse/capture/codec reaches C: what decodes a stranger's bytes is pure Go",
			},
		},
		{
			name: "a leaf with a heavy friend, and a room nobody planned",
			files: map[string][]string{
				"relay/wire/a.go": {"golang.org/x/cryptography", "golang.org/x/crypto/hkdf", "net"},
				"util/a.go":       {"fmt"},
				"apps/ui/a.go":    {"lotse/helpers"},
			},
			want: []string{
				"lotse/helpers has no place in the house",
				"lotse/relay/wire imports golang.org/x/cryptography: a leaf uses the standard library, x/crypto, x/mod and cbor",
				"lotse/util has no place in the house",
			},
		},
	}
}
