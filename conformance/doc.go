// Package conformance holds what proves that the server speaks the protocol:
// small servers that behave as the public protocol suites of Engine.IO 4 and
// Socket.IO 5 expect (the command in conformance/server runs them), protocol
// cases over raw HTTP and raw WebSocket, and stock JavaScript clients, old and
// new, in conformance/js. README.md says which test proves what.
//
// With ENGINE_URL and SOCKET_URL set, the cases run against the servers at those
// addresses instead of servers in this process, so that any other
// implementation can be held against them. TestCommand holds the command to the
// same cases, as a process.
//
// A case is a test without subtests; those of conformance/js are subtests too.
// make conformance counts them, those of tests named TestStock… as stock ones.
package conformance
