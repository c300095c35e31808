// Package workload is what every Go server of the bench plays: the settings it
// takes from its environment, the users it knows, the payloads it publishes and
// when. The servers differ in how they deliver and in nothing else.
//
// A Roster may be used concurrently. Run publishes from one goroutine until its
// context ends.
package workload
