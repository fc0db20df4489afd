package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"lotse/crypto/secret"
)

// std is where a command reads and prints.
type std struct {
	in       io.Reader
	out, err io.Writer
}

// maxLine bounds what is read from the standard input.
const maxLine = 4 << 10

// secret reads one line, a password: it must not be among the arguments, which
// everybody on the machine can see.
func (s std) secret() (secret.Text, error) {
	line, err := bufio.NewReader(io.LimitReader(s.in, maxLine)).ReadString('\n')
	if err != nil && (err != io.EOF || line == "") {
		return "", fmt.Errorf("read the password from the standard input: %w", err)
	}
	return secret.Text(strings.TrimRight(line, "\r\n")), nil
}

// table prints rows under headings, or a list of objects for another program.
func (s std) table(asJSON bool, headings []string, rows [][]string) error {
	if asJSON {
		return s.objects(headings, rows)
	}
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	for _, row := range append([][]string{headings}, rows...) {
		if _, err := fmt.Fprintln(w, strings.Join(row, "\t")); err != nil {
			return fmt.Errorf("write: %w", err)
		}
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return nil
}

func (s std) objects(headings []string, rows [][]string) error {
	out := make([]map[string]string, len(rows))
	for i, row := range rows {
		out[i] = make(map[string]string, len(row))
		for j, heading := range headings {
			out[i][heading] = row[j]
		}
	}
	enc := json.NewEncoder(s.out)
	enc.SetIndent("", "  ")
	if err := enc.Encode(out); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return nil
}
