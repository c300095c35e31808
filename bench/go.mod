module tradewind/bench

go 1.26.0

ignore node_modules

require (
	golang.org/x/sync v0.24.0
	golang.org/x/sys v0.49.0
	tradewind v0.0.0
)

require (
	github.com/gobwas/httphead v0.1.0 // indirect
	github.com/gobwas/ws v1.5.0 // indirect
)

replace tradewind => ../
