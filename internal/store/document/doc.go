// Package document gives domain values the shape in which stores keep them: flat
// structs that encode to JSON, with decimals as strings (exact digits, no float on
// the way) and times as Unix milliseconds. Every store uses these shapes, so a
// ledger can move from one database to another as it is.
//
// Fields are only ever added, never renamed or given another meaning: a ledger is
// read for as long as it exists. Unknown fields are skipped. All functions are pure
// and may be called concurrently.
package document
