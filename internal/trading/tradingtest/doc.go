// Package tradingtest has the stores of package trading in memory, for tests that
// want the contracts without a database. They keep every promise of the contracts
// but durability: closing and opening again is handing the same value to the next
// owner. All methods may be called concurrently.
package tradingtest
