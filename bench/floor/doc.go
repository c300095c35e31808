// Command floor is the least that a Go server has to do for the workloads of the
// bench, as a measure for servers that do more. It has no protocol logic: it
// answers the WebSocket handshake and the two packets before an event with bytes
// made beforehand, keeps rooms in maps, frames each event once and writes ready
// bytes. It knows no polling, no fragments and no acknowledgements, and trusts
// its clients. It needs Linux.
//
// One goroutine reads all connections, by an epoll instance whose descriptor is
// parked in Go's netpoller. SHARDS goroutines (2) own the connections and their
// rooms and write, without locks. FLUSH=message writes every delivery by itself;
// FLUSH=10ms makes one write of all that a connection got within that time.
package main
