package link

import (
	"context"

	"lotse/relay/wire"
)

// Frames hands on what from receives until it breaks or ctx ends, and closes
// the channel then.
func Frames(ctx context.Context, from Transport) <-chan wire.Frame {
	frames := make(chan wire.Frame)
	go func() {
		defer close(frames)
		for {
			f, err := from.Receive(ctx)
			if err != nil {
				return
			}
			select {
			case frames <- f:
			case <-ctx.Done():
				return
			}
		}
	}()
	return frames
}
