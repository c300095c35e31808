package wire_test

import (
	"encoding/json"
	"time"

	"tradewind/internal/trading"
	"tradewind/internal/wire"
)

// sample is one file of testdata: an event with its payload, the ack of a
// client's event, or a refusal of the handshake.
type sample struct {
	name    string
	event   string
	data    wire.Payload
	ack     wire.Payload
	refusal *wire.Refusal
}

var (
	noon  = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	later = noon.Add(1234 * time.Millisecond)
)

func dec(text string) trading.Decimal {
	d, err := trading.ParseDecimal(text)
	if err != nil {
		panic(err)
	}
	return d
}

func order(change func(*trading.Order)) *trading.Order {
	o := trading.Order{
		ID: "ord_1", Account: "acc_1", ClientOrderID: "my-1", BrokerOrderID: "paper-1",
		Symbol: "AAPL", Side: trading.Buy, Type: trading.Limit, TimeInForce: trading.GTC,
		Quantity: dec("10"), LimitPrice: dec("187.25"), Status: trading.Working,
		RequestHash: "secret", CreatedAt: noon, UpdatedAt: later,
	}
	change(&o)
	return &o
}

func entry(kind trading.EntryKind, seq trading.Seq, change func(*trading.Entry)) wire.Payload {
	e := trading.Entry{Account: "acc_1", Seq: seq, Time: later, Kind: kind}
	change(&e)
	_, payload := wire.FromEntry(e)
	return payload
}

// samples are what TypeScript and Go agree on. Every event and every optional
// field appears at least once with and once without.
func samples() []sample {
	unavailable := wire.TooManyAttempts.After(1500 * time.Millisecond)
	return []sample{
		{name: "portfolio-update", event: wire.EventPortfolio, data: wire.Portfolio{
			Account: "acc_1", Seq: 42, AsOf: later, Currency: "USD",
			Cash: dec("98127.5"), BuyingPower: dec("96255"), MarketValue: dec("1890.04"), TotalValue: dec("100017.54"),
			DayChange: dec("17.54"), DayChangePercent: dec("0.02"), UnrealizedPnl: dec("17.54"), RealizedPnl: dec("-3.1"),
			Positions: []trading.PositionValue{
				{Symbol: "AAPL", Quantity: dec("10"), AvgPrice: dec("187.25"), Price: dec("189.004"), MarketValue: dec("1890.04"),
					UnrealizedPnl: dec("17.54"), UnrealizedPnlPercent: dec("0.94"), DayChange: dec("17.54")},
				{Symbol: "BTC-USD", Quantity: dec("0.00000001"), AvgPrice: dec("64000"), Price: dec("64000.12"), MarketValue: dec("0.0006400012"),
					UnrealizedPnl: dec("0.0000000012"), UnrealizedPnlPercent: dec("0"), DayChange: dec("0")},
			}}},
		{name: "portfolio-update-empty", event: wire.EventPortfolio, data: wire.Portfolio{Account: "acc_2", AsOf: noon, Currency: "USD"}},
		{name: "quote-update", event: wire.EventQuote, data: wire.Quote{Symbol: "AAPL", Price: dec("189.004"), Change: dec("-1.1"), ChangePercent: dec("-0.58"),
			Time: later, Bid: dec("189"), Ask: dec("189.01"), BidSize: dec("100"), AskSize: dec("200"), Volume: dec("1234567"), State: trading.QuoteLive}},
		{name: "quote-update-closed", event: wire.EventQuote, data: wire.Quote{Symbol: "BTC-USD", Price: dec("64000.12"), Time: noon, State: trading.QuoteClosed}},
		{name: "feed-status", event: wire.EventFeedStatus, data: wire.FeedStatus{Source: "sim", State: trading.FeedStalled, Since: noon}},
		{name: "trade-executed", event: wire.EventTradeExecuted, data: entry(trading.EntryFill, 3, func(e *trading.Entry) {
			e.Order = order(func(o *trading.Order) {
				o.Status, o.FilledQuantity, o.AvgFillPrice = trading.Filled, dec("10"), dec("187.2")
			})
			e.Fill = &trading.Fill{ID: "exec_2", OrderID: "ord_1", Symbol: "AAPL", Side: trading.Buy, Quantity: dec("4"), Price: dec("187.18"), Time: noon}
		})},
		{name: "trade-executed-partial", event: wire.EventTradeExecuted, data: entry(trading.EntryFill, 2, func(e *trading.Entry) {
			e.Order = order(func(o *trading.Order) {
				o.Status, o.FilledQuantity, o.AvgFillPrice = trading.Canceling, dec("6"), dec("187.213333333333")
			})
			e.Fill = &trading.Fill{ID: "exec_1", OrderID: "ord_1", Symbol: "AAPL", Side: trading.Buy, Quantity: dec("6"), Price: dec("187.213333333333"), Time: noon}
		})},
		{name: "trade-failed", event: wire.EventTradeFailed, data: entry(trading.EntryRejection, 5, func(e *trading.Entry) {
			e.Order = order(func(o *trading.Order) {
				o.ID, o.Status, o.Reason = "ord_2", trading.Rejected, "Buying 10 AAPL costs 1,872.50 USD; 12.00 USD are available."
			})
			e.Rejection = &trading.Rejection{Code: trading.CodeInsufficientFunds, Message: "Buying 10 AAPL costs 1,872.50 USD; 12.00 USD are available."}
		})},
		{name: "trade-failed-without-order", event: wire.EventTradeFailed, data: entry(trading.EntryRejection, 6, func(e *trading.Entry) {
			e.Order = &trading.Order{Symbol: "NOPE", Side: trading.Sell, Type: trading.Market, Quantity: dec("0.5")}
			e.Rejection = &trading.Rejection{Code: trading.CodeUnknownSymbol, Message: "There is no symbol \"NOPE\"."}
		})},
		{name: "order-update", event: wire.EventOrder, data: entry(trading.EntryOrder, 1, func(e *trading.Entry) { e.Order = order(func(*trading.Order) {}) })},
		{name: "order-update-canceled", event: wire.EventOrder, data: entry(trading.EntryOrder, 4, func(e *trading.Entry) {
			e.Order = order(func(o *trading.Order) {
				o.Type, o.LimitPrice, o.Status, o.Reason = trading.Market, trading.Decimal{}, trading.Canceled, "Canceled on request."
			})
		})},
		{name: "account-update-deposit", event: wire.EventAccount, data: entry(trading.EntryAccount, 7, func(e *trading.Entry) {
			e.Adjustment = &trading.Adjustment{Kind: trading.Deposit, Amount: dec("100000")}
		})},
		{name: "account-update-bust", event: wire.EventAccount, data: entry(trading.EntryAccount, 8, func(e *trading.Entry) {
			e.Adjustment = &trading.Adjustment{Kind: trading.Bust, Symbol: "AAPL", Quantity: dec("-4"), Amount: dec("748.72"), ExecutionID: "exec_2", Reason: "Clearly erroneous."}
		})},
		{name: "account-update-published", event: wire.EventAccount, data: entry(trading.EntryAccount, 9, func(e *trading.Entry) {
			e.Adjustment = &trading.Adjustment{Kind: trading.Published, Event: "bonus:granted", Payload: json.RawMessage(`{"points":5}`)}
		})},
		{name: "error-rate-limited", event: wire.EventError, data: &wire.Error{Code: wire.CodeRateLimited, Message: wire.RateLimited,
			Event: wire.EventSubscribePortfolio, RetryAfter: 59*time.Second + 1}},
		{name: "error-cursor-unknown", event: wire.EventError, data: &wire.Error{Code: wire.CodeCursorUnknown, Message: "The cursor is not of this ledger.",
			Event: wire.EventSubscribeTrades, Cursor: &wire.Cursor{Account: "acc_1", Seq: 9}}},
		{name: "session-expired", event: wire.EventSessionExpired, data: wire.SessionExpired{Reason: "logout"}},
		{name: "ack-subscribe-portfolio", event: wire.EventSubscribePortfolio, ack: wire.OK{}},
		{name: "ack-subscribe-trades", event: wire.EventSubscribeTrades, ack: wire.TradesAck{Account: "acc_1", Seq: 9, Replayed: 2}},
		{name: "ack-subscribe-trades-truncated", event: wire.EventSubscribeTrades, ack: wire.TradesAck{Account: "acc_1", Seq: 5000, Replayed: 1000, Truncated: true}},
		{name: "ack-subscribe-watchlist", event: wire.EventSubscribeWatchlist, ack: wire.WatchlistAck{Accepted: []trading.Symbol{"AAPL", "MSFT"},
			Rejected: []wire.RejectedSymbol{{Symbol: "NOPE", Code: wire.CodeUnknownSymbol, Message: "Unknown symbol"}, {Symbol: "NO\"", Code: wire.CodeUnknownSymbol, Message: "Unknown symbol"}}}},
		{name: "ack-clock", event: wire.EventClock, ack: wire.ClockAck{Now: later}},
		{name: "ack-session-refresh", event: wire.EventSessionRefresh, ack: wire.SessionAck{ExpiresAt: noon}},
		{name: "ack-failure", event: wire.EventClock, ack: wire.Failure{Err: &wire.Error{Code: wire.CodeRateLimited, Message: wire.RateLimited, RetryAfter: 2 * time.Second}}},
		{name: "refusal-auth-required", refusal: &wire.AuthRequired},
		{name: "refusal-invalid-session", refusal: &wire.InvalidSession},
		{name: "refusal-auth-failed", refusal: &wire.AuthFailed},
		{name: "refusal-too-many-connections", refusal: &wire.TooManyConnections},
		{name: "refusal-too-many-attempts", refusal: &unavailable},
	}
}
