package engineio

// Polls reports whether a GET waits. On the shard.
func Polls(c *Conn) bool { return c.poll != nil && c.poll.get != nil }
