//go:build linux

package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// plan is what is measured, in this order.
func (b *bench) plan() []func(context.Context) error {
	all := []struct {
		name string
		do   func(context.Context) error
	}{
		{"program", b.released}, {"fanout", b.fanOuts}, {"latency", b.latency}, {"viewers", b.watched}, {"joins", b.joins}, {"idle", b.idleLinks}, {"turn", b.turns},
	}
	wanted := strings.Split(b.parts, ",")
	var out []func(context.Context) error
	for _, p := range all {
		if slices.Contains(wanted, p.name) {
			out = append(out, p.do)
		}
	}
	return out
}

func (b *bench) fanOutSizes() ([]int, error) {
	var out []int
	for s := range strings.SplitSeq(b.sizes, ",") {
		n, err := strconv.Atoi(s)
		if err != nil || n < stampSize {
			return nil, fmt.Errorf("benchrelay: -sizes %s", b.sizes)
		}
		out = append(out, n)
	}
	return out, nil
}
