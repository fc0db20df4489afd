//go:build !windows && !linux

package ui

import "image"

func keepAbove(any, bool) {}

func placeTop(any, int) {}

func placeInside(any) {}

func reshow(any) {}

func room(any) image.Point { return image.Point{} }
