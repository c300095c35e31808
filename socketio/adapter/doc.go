// Package adapter is the contract between a Socket.IO server and what carries its
// emits: room membership, the choice of recipients, and fan-out to other nodes.
//
// Local is a node's own side of a namespace, given by the server. An Adapter
// decides where an emit goes: Memory delivers on this node only, others publish
// to the rest of the cluster as well. Rooms is the membership of one shard; it
// belongs to that shard's goroutine and takes no lock.
package adapter
