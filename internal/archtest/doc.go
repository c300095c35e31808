// Package archtest holds the test of the import rules: which package may import
// which other package of this module, and which third-party module is used where.
// The rules stand in rules_test.go, each with its reason.
package archtest
