// Command run measures the servers of the bench: case by case, the servers of a
// case in alternation, several times each, by `tradewind loadtest` in another
// process on the same machine. Every run is a line of the results file, with
// machine, commit and commands; what is in the file already is not run again, so
// an interrupted bench goes on where it stopped. At the end it prints medians.
package main
