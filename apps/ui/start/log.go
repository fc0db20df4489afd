package start

import (
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
)

// Log makes the program's log, and what libraries print with the log package
// goes there too, as noise: Fyne reports every folder that it did not get.
func Log(w io.Writer) *slog.Logger {
	l := slog.New(slog.NewTextHandler(w, nil))
	slog.SetLogLoggerLevel(slog.LevelDebug)
	slog.SetDefault(l)
	return l
}

// Version says which build this is.
func Version(name string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return name
	}
	revision := "unknown"
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			revision = s.Value
		}
	}
	return fmt.Sprintf("%s %s %s", name, info.Main.Version, revision)
}
