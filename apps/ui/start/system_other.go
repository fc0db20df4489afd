//go:build !windows

package start

// harden has nothing to do: libraries come from the system's folders only.
func harden() {}

// box has nothing to show: who starts a program here reads stderr.
func box(string, string) {}

// ask asks nobody.
func ask(string, string) bool { return false }
