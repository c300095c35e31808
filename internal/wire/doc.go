// Package wire is the one catalogue of what Tradewind says to its clients: the
// names of socket events, the JSON shapes of their payloads, the refusals of the
// handshake and the codes of errors. Socket and REST API write the same shapes.
//
// Payloads append themselves to a buffer without reflection. Times are Unix
// milliseconds. Money and sizes are JSON numbers with at most 15 significant
// digits, so that JavaScript reads exactly what was written. A field that the
// contract marks as optional is left out when it is empty.
//
// Everything here is plain data or a pure function: values may be read
// concurrently, nothing blocks, nothing has to be closed. The samples in
// testdata are read by the Go and the TypeScript tests alike.
package wire
