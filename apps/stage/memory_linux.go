//go:build linux

package stage

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"unicode/utf16"
)

// Needle is something to search for in memory or in a file.
type Needle struct {
	Name  string
	Forms [][]byte
}

// Words returns a needle for text, as UTF-8 and as UTF-16.
func Words(name, text string) Needle {
	var wide []byte
	for _, u := range utf16.Encode([]rune(text)) {
		wide = append(wide, byte(u), byte(u>>8))
	}
	return Needle{Name: name, Forms: [][]byte{[]byte(text), wide}}
}

// Count returns how often each needle is in the memory of a process: every
// mapping that can be read.
func Count(pid int, needles ...Needle) ([]int, error) {
	maps, err := os.Open(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		return nil, fmt.Errorf("stage: %w", err)
	}
	defer maps.Close()
	mem, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		return nil, fmt.Errorf("stage: %w", err)
	}
	defer mem.Close()
	found := make([]int, len(needles))
	lines := bufio.NewScanner(maps)
	for lines.Scan() {
		from, to, ok := mapping(lines.Text())
		if !ok {
			continue
		}
		section := io.NewSectionReader(mem, from, to-from)
		if err := count(section, needles, found); err != nil {
			continue // a mapping that can't be read, such as [vvar]
		}
	}
	return found, lines.Err()
}

// CountFile returns how often each needle is in a file.
func CountFile(path string, needles ...Needle) ([]int, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("stage: %w", err)
	}
	defer f.Close()
	found := make([]int, len(needles))
	return found, count(f, needles, found)
}

// mapping reads a line of /proc/PID/maps: its bounds, when it can be read.
func mapping(line string) (from, to int64, ok bool) {
	fields := strings.Fields(line)
	if len(fields) < 2 || !strings.HasPrefix(fields[1], "r") {
		return 0, 0, false
	}
	low, high, _ := strings.Cut(fields[0], "-")
	a, err1 := strconv.ParseInt(low, 16, 64)
	b, err2 := strconv.ParseInt(high, 16, 64)
	return a, b, errors.Join(err1, err2) == nil
}

// window is how much is searched at once in bytes.
const window = 4 << 20

// count adds how often each needle is in r.
func count(r io.Reader, needles []Needle, found []int) error {
	longest := 0
	for _, n := range needles {
		for _, f := range n.Forms {
			longest = max(longest, len(f))
		}
	}
	buf := make([]byte, 0, window+longest)
	for {
		n, err := io.ReadFull(r, buf[len(buf) : window+longest][:window])
		keep := len(buf)
		buf = buf[:keep+n]
		for i, needle := range needles {
			for _, f := range needle.Forms {
				// what began in the part that was kept and ends in it was
				// counted before
				found[i] += bytes.Count(buf, f) - bytes.Count(buf[:keep], f)
			}
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("stage: read memory: %w", err)
		}
		tail := min(longest-1, len(buf))
		buf = append(buf[:0], buf[len(buf)-tail:]...)
	}
}
