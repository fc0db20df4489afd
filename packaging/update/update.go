// Package update replaces a program by a newer one of the same organisation,
// when its person has asked for it. Where it comes from stands in the profile; a
// list that the profile's keys signed says which file it is, and nothing that is
// not exactly that file comes to lie beside the program, let alone in its place.
// It never acts by itself, follows no redirect, and starts nothing.
package update

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	"lotse/packaging/profile"
	"lotse/packaging/release"
)

const (
	// maxList is the longest list in bytes.
	maxList = 64 << 10
	// maxProgram is the longest program in bytes; ours have 30 MB.
	maxProgram = 256 << 20
)

var (
	// ErrOff says that the profile, or the system, does not let programs replace
	// themselves.
	ErrOff = errors.New("update: off in the profile")
	// ErrNone says that there is no newer program.
	ErrNone = errors.New("update: nothing newer")
	// ErrTooOld says that this program must not go on being used, and that the
	// list has none of its kind to take its place.
	ErrTooOld = errors.New("update: too old, and nothing newer of its kind")
	// ErrUnreachable says that list or program could not be fetched.
	ErrUnreachable = errors.New("update: could not be fetched")
	// ErrList says that the list is not one that the profile's keys signed.
	ErrList = errors.New("update: not a list to believe")
	// ErrListOver says that the list was signed, but its time is over: nobody
	// made a new one, or this computer's clock is wrong.
	ErrListOver = errors.New("update: the list's time is over")
	// ErrFile says that what was fetched is not the file in the list, or not a
	// program that may follow this one.
	ErrFile = errors.New("update: not the file in the list")
	// ErrPublisher says that somebody else signed the new program's code.
	ErrPublisher = errors.New("update: signed by somebody else")
	// ErrPlace says that the program's file can't be replaced where it lies.
	ErrPlace = errors.New("update: the file can't be replaced")
	// ErrGone says that no program lies where this one was started from: it was
	// taken away, or Windows let the old one go, and neither the new one nor the
	// old one in again. Then both lie hidden beside the place.
	ErrGone = errors.New("update: no program lies there any more")
)

// Phase is where an update stands.
type Phase uint8

// The phases.
const (
	Looking Phase = iota // for the list
	Loading              // the program
	Proving              // what was loaded
	Replacing
)

// Step is how far an update is.
type Step struct {
	Phase Phase
	// Done and Total are bytes of the program.
	Done, Total int64
}

// Config is what an update needs to know.
type Config struct {
	// Profile is that of this program. Required.
	Profile *profile.Profile
	// Version is this program's.
	Version string
	// Client fetches; nil is one of our own. Redirects are not followed.
	Client *http.Client
	// Proxy finds the way out for Client nil; nil is the environment's.
	Proxy func(*http.Request) (*url.URL, error)
	// Target is the file that is replaced; empty is this program's.
	Target string
	// System is the operating system; empty is this one.
	System string
	// Variant is which of the system's programs this one is (release.Variant);
	// nil asks how this program was built.
	Variant *string
	// Publisher looks at who signed the file at path; nil is what this system
	// offers (packaging/selfcheck). It is asked with this program's profile and
	// with the new one's: by that the new program will judge itself.
	Publisher func(path string, p *profile.Profile) error
	// Now is the clock; nil is time.Now.
	Now func() time.Time

	disk disk // zero is the system's
}

// Offered reports whether a program of an operating system, such as
// runtime.GOOS, can replace itself with the profile. On macOS none can: a
// program is a bundle of many files there.
func Offered(p *profile.Profile, system string) bool {
	return (system == "windows" || system == "linux") && p.UpdateInPlace && p.UpdateList != "" && len(p.UpdateKeys) > 0
}

func (c Config) withDefaults() (Config, error) {
	if c.Profile == nil {
		return c, errors.New("update: Config.Profile is missing")
	}
	if c.System == "" {
		c.System = runtime.GOOS
	}
	if !Offered(c.Profile, c.System) {
		return c, ErrOff
	}
	client := http.Client{Transport: transport(c.Proxy)}
	if c.Client != nil {
		client = *c.Client
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c.Client = &client
	if c.Target == "" {
		var err error
		if c.Target, err = os.Executable(); err != nil {
			return c, fmt.Errorf("%w: %w", ErrPlace, err)
		}
	}
	if c.Variant == nil {
		c.Variant = new(string)
		if info, ok := debug.ReadBuildInfo(); ok {
			*c.Variant = release.Variant(info.Settings)
		}
	}
	if c.Publisher == nil {
		c.Publisher = publisher
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	c.disk = c.disk.withDefaults()
	return c, nil
}

// The patience for a server: to connect and answer, and between two parts of
// the program.
const (
	answerTime = 20 * time.Second
	stallTime  = 30 * time.Second
)

func transport(proxy func(*http.Request) (*url.URL, error)) http.RoundTripper {
	if proxy == nil {
		proxy = http.ProxyFromEnvironment
	}
	return &http.Transport{
		Proxy: proxy, TLSHandshakeTimeout: answerTime, ResponseHeaderTimeout: answerTime, DisableCompression: true,
		MaxResponseHeaderBytes: 16 << 10, DisableKeepAlives: true,
	}
}

// Run fetches the newest program, checks it and puts it in this one's place. It
// tells of each step. When it returns an error, or ctx has ended, everything is
// as before, and no file of ours is left; ErrGone alone says otherwise.
func Run(ctx context.Context, c Config, tell func(Step)) error {
	c, err := c.withDefaults()
	if err != nil {
		return err
	}
	tell(Step{Phase: Looking})
	data, err := c.fetch(ctx, c.Profile.UpdateList, maxList, nil)
	if err != nil {
		return err
	}
	l, err := release.Open(data, c.Profile.UpdateKeys, c.Now(), 0) // nothing is kept that could say what was seen
	switch {
	case errors.Is(err, release.ErrOver):
		return fmt.Errorf("%w: %w", ErrListOver, err)
	case err != nil:
		return fmt.Errorf("%w: %w", ErrList, err)
	}
	f, err := c.newest(l)
	if err != nil {
		return err
	}
	tell(Step{Loading, 0, f.Size})
	program, err := c.fetch(ctx, beside(c.Profile.UpdateList, f.Name), f.Size, func(done int64) { tell(Step{Loading, done, f.Size}) })
	if err != nil {
		return err
	}
	tell(Step{Proving, f.Size, f.Size})
	if err := f.Check(bytes.NewReader(program)); err != nil {
		return fmt.Errorf("%w: %w", ErrFile, err)
	}
	next, err := c.follows(program, l.Version)
	if err != nil {
		return err
	}
	return c.replace(ctx, f, program, next, func() { tell(Step{Replacing, f.Size, f.Size}) })
}

// newest returns the file to fetch: one of our own kind, of a version that is not
// older than ours, and not what we are already.
func (c Config) newest(l release.List) (release.File, error) {
	i := slices.IndexFunc(l.Files, func(f release.File) bool {
		return f.System == c.System && f.Edition == c.Profile.Edition.String() && f.Variant == *c.Variant
	})
	if i < 0 && l.TooOld(c.Version) {
		return release.File{}, fmt.Errorf("%w: %s here, the oldest allowed is %s", ErrTooOld, c.Version, l.Minimum)
	}
	if i < 0 {
		return release.File{}, fmt.Errorf("%w: none for %s %s", ErrNone, c.System, *c.Variant)
	}
	f := l.Files[i]
	if f.Size > maxProgram {
		return f, fmt.Errorf("%w: %d bytes, at most %d", ErrFile, f.Size, maxProgram)
	}
	if older, err := profile.Older(l.Version, c.Version); err != nil || older {
		return f, fmt.Errorf("%w: %s there, %s here", ErrNone, l.Version, c.Version)
	}
	own, err := readFile(c.Target)
	if err != nil {
		return f, missing(err)
	}
	if f.Check(bytes.NewReader(own)) == nil {
		return f, fmt.Errorf("%w: it is this one", ErrNone)
	}
	return f, nil
}

// beside is the address of a file in the list's folder.
func beside(listURL, name string) string {
	u, err := url.Parse(listURL)
	if err != nil {
		return ""
	}
	u.Path, u.RawPath, u.RawQuery, u.Fragment = path.Join("/", path.Dir(u.Path), name), "", "", ""
	return u.String()
}

// fetch returns what lies at an address, at most that many bytes.
func (c Config) fetch(ctx context.Context, address string, most int64, tell func(done int64)) ([]byte, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	failed := func(err error) error {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil || req.URL.Scheme != "https" {
		return nil, failed(errors.Join(err, errors.New("not https")))
	}
	stall := time.AfterFunc(stallTime, func() { cancel(errors.New("the server went silent")) })
	defer stall.Stop()
	answer, err := c.Client.Do(req)
	if err != nil {
		return nil, failed(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK || answer.ContentLength > most {
		return nil, failed(fmt.Errorf("%s, %d bytes", answer.Status, answer.ContentLength))
	}
	b, err := readAtMost(&meter{r: answer.Body, each: func(done int64) {
		stall.Reset(stallTime)
		if tell != nil {
			tell(done)
		}
	}}, most)
	if err != nil {
		return nil, failed(err)
	}
	return b, nil
}

// readAtMost reads all of r, but no more than most bytes.
func readAtMost(r io.Reader, most int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, most+1))
	if err == nil && int64(len(b)) > most {
		err = fmt.Errorf("more than %d bytes", most)
	}
	return b, err
}

// meter counts what is read.
type meter struct {
	r    io.Reader
	done int64
	each func(done int64)
}

// Read reads on.
func (m *meter) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	m.done += int64(n)
	m.each(m.done)
	return n, err
}

// follows returns a program's profile if it may take this one's place: it is of
// the version that the list says, carries the same profile, not an older one, and
// would run with it.
func (c Config) follows(program []byte, version string) (*profile.Profile, error) {
	own, err := profile.VersionOf(program)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrFile, err)
	case own != version:
		return nil, fmt.Errorf("%w: it is version %s, the list says %s", ErrFile, own, version)
	}
	slot, err := profile.ReadSlot(program)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFile, err)
	}
	_, next, err := slot.Open()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFile, err)
	}
	ours := c.Profile
	if next.ID != ours.ID || next.Edition != ours.Edition || next.Organisation != ours.Organisation {
		return nil, fmt.Errorf("%w: it is %s's %s", ErrFile, next.Organisation, next.ID)
	}
	if next.Serial < ours.Serial {
		return nil, fmt.Errorf("%w: profile %d, ours is %d", ErrFile, next.Serial, ours.Serial)
	}
	if err := next.Runs(ours.Edition, version, c.Now()); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFile, err)
	}
	return next, nil
}
