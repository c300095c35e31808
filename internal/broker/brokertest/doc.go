// Package brokertest is the suite that every broker passes: what package trading
// promises about submission, fills, cancel, replace, look-up and delivery, seen
// from outside.
package brokertest
