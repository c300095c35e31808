// Package session answers who is calling: passwords, sign-ins and the sessions
// that follow from them.
//
// A session id is 256 random bits that only the client holds; the store has its
// SHA-256. A session slides: each use moves its end to TTL from now, never beyond
// MaxAge from its start. Every end of a session is told to the listeners of
// OnEnd, so that live sockets end with it; whoever keeps a socket open calls
// Hold, which also keeps the session alive and has its end noticed within a
// second. Ends that happen elsewhere are noticed for held sessions too: of another
// process on the same machine within a second, if the store can tell that it was
// written, and in any case within the Recheck interval.
//
// All methods of Manager may be called concurrently. Run sweeps and watches until
// its context ends; without it nothing expires by itself. Memory is bounded: a
// small cache, the held sessions (one per open socket at most), the ends of the
// last minute, and the failed sign-ins of the last minute.
package session
