//go:build !race

package master_test

const raced = false
