//go:build !windows && !linux

package ui

func keepAbove(any, bool) {}

func placeTop(any, int) {}
