CREATE TABLE meta (
	key   TEXT PRIMARY KEY,
	value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- One row per ledger entry. The unique indexes are the promises of the ledger;
-- doc is the entry itself, the other columns are what indexes need of it.
CREATE TABLE ledger (
	account         TEXT NOT NULL,
	seq             INTEGER NOT NULL CHECK (seq > 0),
	kind            TEXT NOT NULL,
	time            INTEGER NOT NULL,
	order_id        TEXT,
	client_order_id TEXT,    -- on an order's first entry only
	execution_id    TEXT,    -- fills only
	symbol          TEXT,    -- fills only
	executed_at     INTEGER, -- fills only
	doc             TEXT NOT NULL,
	PRIMARY KEY (account, seq)
) STRICT;
CREATE UNIQUE INDEX ledger_client_order ON ledger (account, client_order_id) WHERE client_order_id IS NOT NULL;
CREATE UNIQUE INDEX ledger_execution ON ledger (account, execution_id) WHERE execution_id IS NOT NULL;
CREATE INDEX ledger_fills ON ledger (account, seq, symbol, executed_at) WHERE execution_id IS NOT NULL;

-- Where each order begins and where its newest entry is: an index that SQL cannot
-- express as one, written in the transaction of the entry.
CREATE TABLE orders (
	account   TEXT NOT NULL,
	order_id  TEXT NOT NULL,
	first_seq INTEGER NOT NULL,
	last_seq  INTEGER NOT NULL,
	symbol    TEXT NOT NULL,
	open      INTEGER NOT NULL,
	PRIMARY KEY (account, order_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX orders_newest ON orders (account, first_seq);
CREATE INDEX orders_open ON orders (account, first_seq) WHERE open = 1;

CREATE TABLE snapshots (
	account TEXT PRIMARY KEY,
	seq     INTEGER NOT NULL,
	doc     TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE paper_orders (
	id              INTEGER PRIMARY KEY, -- the order of arrival
	account         TEXT NOT NULL,
	client_order_id TEXT NOT NULL,
	open            INTEGER NOT NULL,
	doc             TEXT NOT NULL,
	UNIQUE (account, client_order_id)
) STRICT;
CREATE INDEX paper_orders_open ON paper_orders (id) WHERE open = 1;

CREATE TABLE paper_executions (
	id           INTEGER PRIMARY KEY,
	account      TEXT NOT NULL,
	execution_id TEXT NOT NULL,
	time         INTEGER NOT NULL,
	doc          TEXT NOT NULL,
	UNIQUE (account, execution_id)
) STRICT;
CREATE INDEX paper_executions_time ON paper_executions (account, time, id);

CREATE TABLE users (
	id            TEXT PRIMARY KEY,
	name          TEXT NOT NULL,
	name_key      TEXT NOT NULL UNIQUE, -- the name without case
	password_hash TEXT NOT NULL,
	account       TEXT NOT NULL,
	created_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Accounts outlive their users: ledgers stay.
CREATE TABLE accounts (
	id         TEXT PRIMARY KEY,
	user_id    TEXT NOT NULL,
	broker     TEXT NOT NULL,
	live       INTEGER NOT NULL,
	currency   TEXT NOT NULL,
	created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
	hash       BLOB PRIMARY KEY,
	public_id  TEXT NOT NULL,
	user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	created_at INTEGER NOT NULL,
	seen_at    INTEGER NOT NULL,
	expires_at INTEGER NOT NULL,
	user_agent TEXT NOT NULL,
	address    TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_user ON sessions (user_id, created_at);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE profiles (
	user_id   TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
	watchlist TEXT,
	settings  TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE value_points (
	account TEXT NOT NULL,
	time    INTEGER NOT NULL, -- a full minute
	value   TEXT NOT NULL,
	PRIMARY KEY (account, time)
) STRICT, WITHOUT ROWID;
