package browse

import (
	"errors"
	"testing"
)

func TestOnlyPagesWithHTTPSAreOpened(t *testing.T) {
	for _, page := range []string{
		"", "http://a.example", "file:///etc/passwd", "javascript:alert(1)", "https://", "https://name:word@a.example",
		"a.example", "-version", "https:a.example", "ms-settings:privacy", "\\\\host\\share\\a.exe", "https://a.example/\x00",
	} {
		if err := Open(page); !errors.Is(err, ErrPage) {
			t.Errorf("%q: got %v, want ErrPage", page, err)
		}
	}
}
