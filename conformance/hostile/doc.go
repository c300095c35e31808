// Package hostile makes what a Socket.IO server must survive: packets, WebSocket
// frames, polling payloads and HTTP requests that are broken, lie about
// themselves, or are legal and as expensive as can be. Its tests throw them at a
// real server on loopback, in every state that a connection has, and look at what
// is left afterwards.
//
// What there is stands in four tables: Packets, Frames, Payloads and Requests. A
// kind is one line in one of them: a name, what it is known for, and a function
// of a random source and a size. Everything comes from the random source, so the
// seed that a test prints makes the same bytes again.
//
// TRADEWIND_SEED sets that seed. With TRADEWIND_SOAK=1 the tests throw a million
// packets and open a hundred thousand connections; without it as many as fit
// into seconds.
package hostile
