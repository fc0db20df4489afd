package dial

import "context"

// Start lets Run go on beside its owner, until ctx ends or stop is called.
// Stop closes the connection, waits until nothing of it is left and may be
// called again.
func (c *Client) Start(ctx context.Context) (stop func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := c.Run(ctx); err != nil {
			c.cfg.Log.Debug("connection ended", "error", err)
		}
	}()
	return func() {
		c.Close()
		<-done
	}
}
