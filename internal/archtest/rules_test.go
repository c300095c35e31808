package archtest_test

// module is the path of this module; rules below leave it out.
const module = "tradewind"

// rule says what the packages that match pattern may import of this module. A
// pattern is a path, or a path ending in /... for everything below it. The first
// rule that matches a package counts. Standard library imports are always fine.
type rule struct {
	pattern string
	imports []string // patterns; nothing else of this module
	why     string
}

var rules = []rule{
	// The public protocol server.
	{"socketio/engineio/packet", nil, "packets are pure functions"},
	{"socketio/engineio/packet3", []string{"socketio/engineio/packet"}, "packets are pure functions"},
	{"socketio/packet", nil, "packets are pure functions"},
	{"socketio/packet/msgpack", []string{"socketio/packet"}, "a parser turns packets into bytes, and knows no server"},
	{"socketio/adapter/adaptertest", []string{"socketio/adapter", "socketio/packet"}, "the suite knows the contract, no implementation"},
	{"socketio/adapter", []string{"socketio/packet"}, "the contract of fan-out knows neither connections nor the server"},
	{"socketio/engineio", []string{"socketio/engineio/packet", "socketio/engineio/packet3"}, "a connection knows no event and no room"},
	{"socketio/redisadapter", []string{"socketio/adapter", "socketio/packet"}, "fan-out never imports the server"},
	{"socketio/redisadapter/...", []string{"socketio/redisadapter", "socketio/adapter/...", "socketio/packet"}, "fan-out never imports the server"},
	{"socketio/client", []string{"socketio/packet", "socketio/engineio/packet"}, "the client sees a server from outside"},
	{"socketio/sockettest", []string{"socketio", "socketio/client"}, "joins client and server in memory"},
	{"socketio/examples/exampletest", []string{"socketio", "socketio/client"}, "serves any example and makes clients"},
	{"socketio/examples/...", []string{"socketio", "socketio/packet/msgpack", "socketio/adapter", "socketio/redisadapter", "socketio/client", "socketio/sockettest"}, "examples use what is public"},
	{"socketio", []string{"socketio/engineio", "socketio/engineio/packet", "socketio/adapter", "socketio/packet"}, "the server knows nothing of trading: it never imports internal"},

	// The domain and what stands around it.
	{"internal/trading/tradingtest", []string{"internal/trading"}, "stores in memory, for tests only"},
	{"internal/trading", nil, "the domain is the standard library and decimals"},
	{"internal/trading/tradingtest", []string{"internal/trading"}, "values and doubles for tests"},
	{"internal/memory", nil, "sets the collector, knows nothing else"},
	{"internal/netrules", nil, "rules about origins and addresses need no domain"},
	{"internal/wire", []string{"internal/trading"}, "JSON shapes are made from domain values"},
	{"internal/session", []string{"internal/trading"}, "sign-in holds stores by their contracts"},
	{"internal/executor", []string{"internal/trading"}, "orders hold brokers and stores by their contracts"},
	{"internal/valuation", []string{"internal/trading"}, "portfolios are made from domain values"},
	{"internal/candles", []string{"internal/trading"}, "candles are made from quotes"},
	{"internal/cluster", []string{"internal/trading"}, "what nodes agree on is told in domain words"},
	{"internal/broker/brokertest", []string{"internal/trading"}, "the suite knows the contract, no implementation"},
	{"internal/broker/...", []string{"internal/trading"}, "brokers never import each other, feeds or stores"},
	{"internal/feed/watchdog", []string{"internal/trading"}, "watches any feed by its contract"},
	{"internal/feed/...", []string{"internal/trading", "internal/feed/watchdog"}, "feeds never import each other, brokers or stores"},
	{"internal/store/storetest", []string{"internal/trading"}, "the suite knows the contract, no implementation"},
	{"internal/store/document", []string{"internal/trading"}, "stored shapes are made from domain values"},
	{"internal/store/...", []string{"internal/trading", "internal/store/document"}, "stores never import each other, brokers or feeds"},

	// The edges.
	{"internal/gateway", []string{"internal/wire", "internal/session", "internal/trading", "internal/netrules", "socketio"}, "the only place where domain and sockets meet"},
	{"internal/httpapi", []string{"internal/wire", "internal/session", "internal/trading", "internal/netrules"}, "REST handlers hold contracts"},
	{"internal/loadtest", []string{"internal/wire", "internal/session", "internal/trading", "socketio/client"}, "load comes from outside, through the client"},
	{"internal/archtest", nil, "reads the import graph"},
	{"internal/e2e/...", []string{"..."}, "tests of the whole program"},
	{"conformance/node", nil, "runs scripts, knows no server"},
	{"conformance/...", []string{"socketio", "socketio/engineio", "socketio/client", "conformance/..."}, "stock clients against the public server"},
	{"web/...", nil, "embeds built files"},
	{"cmd/...", []string{"..."}, "the only place where everything meets"},
}

// testImports is what tests may import beyond the rule of their package.
var testImports = []rule{
	{"internal/...", []string{"internal/trading/tradingtest"}, "values and doubles for tests"},
	{"conformance", []string{"socketio/packet", "socketio/packet/msgpack"}, "stock clients with either parser"},
	{"socketio/adapter", []string{"socketio/adapter/adaptertest"}, "implementations run the suite"},
	{"socketio/redisadapter/...", []string{"socketio", "socketio/adapter/adaptertest", "socketio/client"}, "implementations run the suite"},
	{"socketio/examples", []string{"conformance/node"}, "what the README tells stock clients to do is done"},
	{"socketio/examples/...", []string{"socketio/examples/exampletest"}, "examples are tested over the loopback interface"},
	{"socketio", []string{"conformance/..."}, "stock clients against the public server"},
	{"socketio/engineio", []string{"conformance/..."}, "stock clients against the public server"},
	{"socketio/...", []string{"socketio", "socketio/client", "socketio/sockettest", "socketio/engineio", "socketio/engineio/packet", "socketio/packet", "socketio/adapter"}, "the public server is tested with its own client, never with internal"},
	{"internal/broker/...", []string{"internal/broker/brokertest", "internal/store/sqlite", "internal/executor", "internal/trading/tradingtest"}, "implementations run the suite"},
	{"internal/store/...", []string{"internal/store/storetest"}, "implementations run the suite"},
	{"internal/trading", []string{"internal/trading/tradingtest"}, "the domain is tested on stores in memory"},
	{"internal/executor", []string{"internal/store/sqlite", "internal/broker/paper", "internal/trading/tradingtest"}, "the life of an order is tested on the real store"},
	{"internal/valuation", []string{"internal/store/sqlite", "internal/trading/tradingtest"}, "tested on the real store"},
	{"internal/session", []string{"internal/store/sqlite", "internal/trading/tradingtest"}, "tested on the real store"},
	{"internal/gateway", []string{"internal/store/sqlite", "internal/trading/tradingtest", "internal/executor", "internal/broker/paper", "internal/valuation", "socketio/client", "socketio/packet", "socketio/sockettest"}, "the edge is tested on real parts"},
	{"internal/httpapi", []string{"internal/store/sqlite", "internal/trading/tradingtest", "internal/executor", "internal/broker/paper", "internal/valuation", "internal/candles"}, "the edge is tested on real parts"},
	{"internal/loadtest", []string{"socketio"}, "needs a server to load"},
	{"internal/e2e/...", []string{"..."}, "tests of the whole program"},
	{"cmd/...", []string{"..."}, "tests of the whole program"},
}

// thirdParty says which packages may import a module of others. Tests are held
// to it too, except for what testModules names.
var thirdParty = []rule{
	{"github.com/govalues/decimal", []string{"internal/...", "cmd/..."}, "the one decimal type"},
	{"github.com/gobwas/ws", []string{"socketio/engineio", "socketio/client"}, "frames stay below the connection"},
	{"github.com/gobwas/httphead", []string{"socketio/engineio"}, "frames stay below the connection"},
	{"github.com/coder/websocket", []string{"internal/feed/...", "internal/broker/...", "socketio/client"}, "the WebSocket client"},
	{"modernc.org/sqlite", []string{"internal/store/sqlite", "internal/e2e"}, "one package knows SQLite; e2e breaks a store on purpose"},
	{"modernc.org/libc", []string{"internal/store/sqlite"}, "one package knows SQLite"},
	{"github.com/alecthomas/kong", []string{"cmd/..."}, "flags are read in cmd"},
	{"github.com/prometheus/client_golang", []string{"internal/httpapi", "internal/gateway", "internal/executor", "internal/valuation", "internal/store/...", "cmd/..."}, "metrics go to a registry that is passed in; the domain, feeds and socketio know none"},
	{"github.com/prometheus/client_model", []string{"cmd/..."}, "what tests of metrics read"},
	{"golang.org/x/crypto", []string{"internal/session"}, "passwords"},
	{"golang.org/x/sync", []string{"socketio/...", "internal/...", "cmd/..."}, "errgroup and semaphore"},
	{"golang.org/x/sys", []string{"socketio/engineio", "cmd/..."}, "sockets and limits of the system"},
	{"golang.org/x/term", []string{"cmd/..."}, "password prompts"},
	{"golang.org/x/time", []string{"internal/...", "socketio"}, "rate limits"},
	{"github.com/google/uuid", []string{"internal/..."}, "ids"},
}

// testModules are for tests and test suites only, everywhere.
var testModules = []string{
	"github.com/google/go-cmp",
	"go.uber.org/goleak",
	"pgregory.net/rapid",
	"github.com/coder/websocket", // a second WebSocket implementation to test ours against
	"github.com/gobwas/ws",
	"github.com/santhosh-tekuri/jsonschema/v6", // the contracts in api/ against the running server
	"go.yaml.in/yaml/v3",
	"golang.org/x/text",
}
