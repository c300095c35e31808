// Package e2e builds the program, runs it as a process on a temporary directory
// and a free port, and looks at it as its users do: over REST, with stock
// JavaScript clients, and with the Go client. It has tests only.
//
// TRADEWIND_BINARY names a program to test instead of building one. With
// TRADEWIND_SOAK=1 the variants that take minutes run too.
package e2e
