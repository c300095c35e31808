// Package netrules holds the rules about who is calling over HTTP: which browser
// origins are allowed, what the client's address is behind proxies, and whether
// the client's side of the connection is encrypted. REST, the sockets and the
// wiring share one *Rules, so that they can never disagree.
//
// Rules are immutable after New and may be used concurrently. Nothing here
// blocks, allocates with what a client sends, or keeps anything.
package netrules
