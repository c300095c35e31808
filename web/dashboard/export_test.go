package dashboard

// Choose is what FS does with the embedded folders.
var Choose = choose
