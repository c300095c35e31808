// Package candles keeps what prices did: for every symbol and interval a bounded
// row of candles in memory, built from the board's live quotes and, before the
// first of them, from the history that the feed offers.
//
// History is asked for when somebody first wants to see a row, not before. A row
// keeps at most Options.Bars candles, fewer when all rows together would need more
// than Options.Memory. Nothing is written to disk: after a restart rows begin with
// the feed's history again.
//
// All methods may be called concurrently. The package has no goroutine: candles
// grow on the goroutine that publishes the quotes.
package candles
