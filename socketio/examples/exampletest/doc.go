// Package exampletest is for the tests of the examples: it serves one on a free
// port of the loopback interface and makes clients for it. Everything ends with
// the test. For tests of your own see package sockettest, which needs no port.
package exampletest
