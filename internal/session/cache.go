package session

import "time"

// cache remembers identities for a moment, so that a storm of connects does not
// reach the store each time. Manager.mu guards it.
type cache struct {
	byHash map[[32]byte]cached
	size   int
	ttl    time.Duration
}

type cached struct {
	id    Identity
	until time.Time
}

// get finds an identity. That of a session which is held stays as long as it is
// asked for: its end, wherever it comes from, is told and drops it.
func (c *cache) get(hash [32]byte, now time.Time, held bool) (Identity, bool) {
	e, ok := c.byHash[hash]
	switch {
	case !ok:
		return Identity{}, false
	case now.Before(e.until):
	case held:
		e.until = now.Add(c.ttl)
		c.byHash[hash] = e
	default:
		delete(c.byHash, hash)
		return Identity{}, false
	}
	return e.id, true
}

func (c *cache) put(id Identity, now time.Time) {
	if c.ttl < 0 {
		return
	}
	if _, known := c.byHash[id.Session.Hash]; !known && len(c.byHash) >= c.size {
		for victim := range c.byHash { // any one: it only costs a look-up
			delete(c.byHash, victim)
			break
		}
	}
	c.byHash[id.Session.Hash] = cached{id, now.Add(c.ttl)}
}

func (c *cache) drop(hash [32]byte) { delete(c.byHash, hash) }
