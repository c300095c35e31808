// Package bench measures Tradewind's Socket.IO server beside others: the same
// workloads on each, by one load generator, in alternation on one machine. The
// servers are programs in folders of their own; bench/run drives them. It is a
// module of its own, so that nothing a peer needs enters Tradewind's go.mod.
package bench
