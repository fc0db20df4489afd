package main

import (
	"context"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"lotse/relay/store"
)

const logUsage = `usage:
  lotse-relay log export [-format csv|json] [-from day] [-to day]
                      every entry, checked; the last line of verify belongs to it
  lotse-relay log verify
                      check every signature; prints how many entries there are and the last hash: keep it elsewhere
  lotse-relay log erase -login text
                      remove what the log holds of a person; the entries stay and stay verifiable
`

// logCommand carries out the commands about the participation log.
func logCommand(ctx context.Context, args []string, s std) error {
	return choose("log", logUsage, args, s, map[string]func([]string) error{
		"export": func(a []string) error { return logExport(ctx, a, s) },
		"verify": func(a []string) error { return logVerify(ctx, a, s) },
		"erase":  func(a []string) error { return logErase(ctx, a, s) },
	})
}

// logLine is an entry as other programs get it.
type logLine struct {
	Relay    string    `json:"relay"`
	Seq      int64     `json:"seq"`
	At       time.Time `json:"at"`
	What     string    `json:"what"`
	Session  string    `json:"session"`
	Room     string    `json:"room"`
	Licence  string    `json:"licence"`
	Members  int       `json:"members"`
	Build    uint32    `json:"build"`
	Login    string    `json:"login"`
	Name     string    `json:"name"`
	Address  string    `json:"address"`
	System   string    `json:"system_login"`
	Computer string    `json:"computer"`
	Note     string    `json:"note"`
	Erased   bool      `json:"erased"`
}

func lineOf(relay string, e store.Entry) logLine {
	return logLine{
		Relay: relay, Seq: e.Seq, At: e.At, What: e.What, Session: e.Session, Room: e.Room, Licence: e.Licence, Members: e.Members,
		Build: e.Build, Login: e.Person.Login, Name: e.Person.Name, Address: e.Person.Address, System: e.Person.System,
		Computer: e.Person.Computer, Note: e.Person.Note, Erased: e.Erased,
	}
}

// printer writes lines in one of the formats.
type printer interface {
	line(l logLine) error
	end() error
}

type jsonLines struct{ enc *json.Encoder }

func (p jsonLines) line(l logLine) error { return p.enc.Encode(l) } //nolint:wrapcheck // logExport says what for
func (jsonLines) end() error             { return nil }

// csvLines writes RFC 4180. A text that a spreadsheet would take for a formula
// gets an apostrophe (OWASP, CSV Injection).
type csvLines struct{ w *csv.Writer }

func newCSV(out io.Writer) (csvLines, error) {
	p := csvLines{csv.NewWriter(out)}
	return p, p.w.Write([]string{
		"relay", "seq", "at", "what", "session", "room", "licence", "members", "build", "login", "name", "address",
		"system_login", "computer", "note", "erased",
	})
}

func (p csvLines) line(l logLine) error {
	row := []string{
		l.Relay, strconv.FormatInt(l.Seq, 10), l.At.Format(time.RFC3339Nano), l.What, l.Session, l.Room, l.Licence, strconv.Itoa(l.Members),
		strconv.FormatUint(uint64(l.Build), 10), l.Login, l.Name, l.Address, l.System, l.Computer, l.Note, strconv.FormatBool(l.Erased),
	}
	for i, cell := range row {
		if cell != "" && (cell[0] == '=' || cell[0] == '+' || cell[0] == '-' || cell[0] == '@') {
			row[i] = "'" + cell
		}
	}
	return p.w.Write(row) //nolint:wrapcheck // logExport says what for
}

func (p csvLines) end() error {
	p.w.Flush()
	return p.w.Error() //nolint:wrapcheck // logExport says what for
}

func logExport(ctx context.Context, args []string, s std) error {
	flags, state := flagsOf("log export")
	format := flags.String("format", "csv", "csv, or json: one object a line")
	from := flags.String("from", "", "first day (UTC), such as 2026-01-31; empty is the beginning")
	to := flags.String("to", "", "last day (UTC)")
	if err := parse(flags, args, s.err); err != nil {
		return err
	}
	first, last, err := days(*from, *to)
	if err != nil {
		return err
	}
	var p printer = jsonLines{json.NewEncoder(s.out)}
	switch *format {
	case "json":
	case "csv":
		if p, err = newCSV(s.out); err != nil {
			return fmt.Errorf("write: %w", err)
		}
	default:
		return &usageError{fmt.Sprintf("log export: no format %q", *format)}
	}
	return with(ctx, *state, func(db *store.Store) error {
		return errors.Join(eachEntry(ctx, db, func(relay string, e store.Entry) error {
			if e.At.Before(first) || !e.At.Before(last) {
				return nil
			}
			return p.line(lineOf(relay, e))
		}, func(string, int64, [32]byte) error { return nil }), p.end())
	})
}

// days returns the time from the begin of one day to the end of another.
func days(from, to string) (first, last time.Time, err error) {
	last = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	if from != "" {
		if first, err = time.Parse(time.DateOnly, from); err != nil {
			return first, last, &usageError{fmt.Sprintf("%q is no day", from)}
		}
	}
	if to != "" {
		if last, err = time.Parse(time.DateOnly, to); err != nil {
			return first, last, &usageError{fmt.Sprintf("%q is no day", to)}
		}
		last = last.AddDate(0, 0, 1)
	}
	return first, last, nil
}

// eachEntry reads the logs of all relays, each checked.
func eachEntry(ctx context.Context, db *store.Store, entry func(relay string, e store.Entry) error, end func(relay string, n int64, hash [32]byte) error) error {
	relays, err := db.LogRelays(ctx)
	if err != nil {
		return err
	}
	for _, relay := range relays {
		n, hash, err := db.Entries(ctx, relay, func(e store.Entry) error { return entry(relay, e) })
		if err != nil {
			return err
		}
		if err := end(relay, n, hash); err != nil {
			return err
		}
	}
	return nil
}

func logVerify(ctx context.Context, args []string, s std) error {
	flags, state := flagsOf("log verify")
	if err := parse(flags, args, s.err); err != nil {
		return err
	}
	return with(ctx, *state, func(db *store.Store) error {
		return eachEntry(ctx, db, func(string, store.Entry) error { return nil }, func(relay string, n int64, hash [32]byte) error {
			return write(s.out, fmt.Sprintf("%s: %d entries, all signed; the last one is %s\n", relay, n, hex.EncodeToString(hash[:])))
		})
	})
}

func logErase(ctx context.Context, args []string, s std) error {
	flags, state := flagsOf("log erase")
	login := flags.String("login", "", "a user's login or a licence's number")
	if err := parse(flags, args, s.err); err != nil {
		return err
	}
	return with(ctx, *state, func(db *store.Store) error {
		n, err := db.Erase(ctx, *login)
		if err != nil {
			return err
		}
		return write(s.out, fmt.Sprintf("Erased from %d entries.\n", n))
	})
}
