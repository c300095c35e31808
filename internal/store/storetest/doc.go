// Package storetest is the suite of the store contracts of package trading. Every
// store runs it: storetest.Run(t, func(t *testing.T) storetest.Store { … }).
package storetest
