// Package examples has no code: the examples are the commands below it, and
// README.md tells what each shows. The test here builds and starts all of them and
// lets a stock JavaScript client do what README.md says.
package examples
