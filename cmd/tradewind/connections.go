package main

// Bounds of the number of connections when MAX_CONNECTIONS is unset.
const (
	spareDescriptors = 64        // the store, logs, listeners and REST calls of a full server
	mostConnections  = 1_000_000 // where the limit is infinite
)

// connectionsFor is how many sockets fit into a descriptor limit: a tenth stays
// free for polling clients, which hold two connections while they upgrade.
func connectionsFor(limit uint64, known bool) int {
	if !known || limit > mostConnections {
		return mostConnections
	}
	n := int(limit)*9/10 - spareDescriptors
	return max(n, 1)
}
