// Package memory sets Go's collector for a process that serves sockets: garbage
// in proportion to what lives when that is little, and no more than as much again
// when it is many connections.
package memory
