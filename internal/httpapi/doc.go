// Package httpapi is the REST API: sign-in, orders, portfolio, trades, ledger,
// watchlist, market data and settings, as api/openapi.yaml describes them, and
// the handler that serves the dashboard's files.
//
// A handler decodes, validates, calls one contract of the domain and encodes;
// rules live behind the contracts. Failures are problem documents of RFC 9457
// with a code for programs and a sentence for people.
//
// New starts nothing, and the handler keeps nothing between requests but
// counters: it ends when the server that calls it does. Everything a client can
// make grow is bounded: bodies, lists, the time a request may take, and how many
// requests run at once, in all and of one user.
package httpapi
