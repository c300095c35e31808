// Package paper is a broker that trades with nobody: it fills orders against the
// newest quotes and keeps its own durable book, as a real broker would on its side.
//
// A market order fills at the ask or bid as soon as there is a live quote, a limit
// order as soon as the quote is at its limit or better, then at the quoted price.
// Each quote gives no more than its quoted size, whoever takes it; waiting orders
// are served in order of arrival, and the rest waits for the next quote. Day orders expire at 00:00 UTC. While
// a symbol is halted or its market closed, market orders are refused and limit
// orders wait; while its quotes are stale, nothing fills.
//
// An order is changed by one at a time: whoever holds its turn. The holder decides
// under the broker's lock, writes the change with its execution to the book in one
// commit, and only then lets it be seen and reported. So an order that Submit fills
// at once cannot be filled again by a quote that arrives meanwhile, and what was
// reported survives a crash. What was in the book but not yet reported is found
// through Executions and Lookup.
//
// All methods of Broker may be called concurrently. Run loads the open orders,
// matches and delivers until its context ends; what is called before waits for the
// load.
package paper
