package profile

// Current returns the profile that this program carries. A program that nobody
// has branded has none (ErrNone); one whose profile was altered, is for
// another program, is over or wants a newer program has an error that says so
// (ErrDamaged, ErrEdition, ErrOver, ErrTooOld). With the last two comes the
// profile, not to run with, but for the page where there is a newer program.
func Current(e Edition) (*Profile, error) { return current(e) }
