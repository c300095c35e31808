package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"tradewind/internal/trading"
	"tradewind/internal/wire"
)

// Bounds of what an order request holds.
const (
	maxOrderBody     = 4 << 10
	maxClientOrderID = 128
	maxID            = 128
)

// orderAnswer is an order in an answer.
type orderAnswer struct {
	Order wire.Order `json:"order"`
}

// placeOrder places an order. It goes on when the client hangs up: a received
// order is never half placed.
func (a *api) placeOrder(w http.ResponseWriter, c *call) error {
	body, err := readBody(w, c.Request, maxOrderBody)
	if err != nil {
		return err
	}
	request, err := parseOrder(body, c.Header)
	if err != nil {
		return err
	}
	ctx, cancel := a.finish(c)
	defer cancel()
	placement, err := a.Orders.Place(ctx, c.user.ID, request)
	if placement.Repeat { // of a refused order too
		w.Header().Set("Idempotent-Replayed", "true")
	}
	if err != nil {
		return fmt.Errorf("place order: %w", err)
	}
	w.Header().Set("Location", "/api/orders/"+url.PathEscape(string(placement.Order.ID)))
	return writeJSON(w, http.StatusAccepted, orderAnswer{wire.Order(placement.Order)})
}

// finish is a context that outlives the client but not the route's time.
func (a *api) finish(c *call) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(c.Context()), a.options.Timeout)
}

// parseOrder reads the body of an order request. Only the form is checked here:
// whether the order may be placed is the executor's to say.
func parseOrder(body []byte, header http.Header) (trading.OrderRequest, error) {
	f, err := parseFields(body, "symbol", "side", "type", "quantity", "limitPrice", "timeInForce", "clientOrderId")
	if err != nil {
		return trading.OrderRequest{}, err
	}
	r := trading.OrderRequest{
		Symbol:      f.symbol("symbol"),
		Side:        trading.Side(f.choice("side", string(trading.Buy), string(trading.Sell))),
		Type:        trading.OrderType(f.choice("type", string(trading.Market), string(trading.Limit))),
		LimitPrice:  f.decimal("limitPrice"),
		TimeInForce: trading.Day,
	}
	if f.require("quantity") {
		r.Quantity = f.decimal("quantity")
	}
	if f.has("timeInForce") {
		r.TimeInForce = trading.TimeInForce(f.choice("timeInForce", string(trading.Day), string(trading.GTC)))
	}
	switch {
	case r.Type == trading.Limit:
		f.require("limitPrice")
	case r.Type == trading.Market && f.has("limitPrice"):
		f.fail("limitPrice", "limitPrice is for limit orders only")
	}
	r.ClientOrderID = f.clientOrderID(header)
	return r, f.done()
}

func (f *fields) symbol(name string) trading.Symbol {
	if !f.require(name) {
		return ""
	}
	before := len(f.errs)
	text := f.text(name)
	symbol, ok := parseSymbol(text)
	if len(f.errs) == before && !ok {
		f.fail(name, "%s is %.40q, which is not a symbol", name, text)
	}
	return symbol
}

// clientOrderID reads the client's own id: from the body, else from the header
// Idempotency-Key, which may stand in quotes.
func (f *fields) clientOrderID(header http.Header) trading.ClientOrderID {
	const field, key = "clientOrderId", "Idempotency-Key"
	if f.has(field) {
		before := len(f.errs)
		id := f.text(field)
		if len(f.errs) == before && !isClientOrderID(id) {
			f.fail(field, "%s must have 1 to %d characters, of printable ASCII without spaces", field, maxClientOrderID)
		}
		return trading.ClientOrderID(id)
	}
	values := header.Values(key)
	if len(values) == 0 {
		return ""
	}
	id := values[0]
	if len(id) >= 2 && strings.HasPrefix(id, `"`) && strings.HasSuffix(id, `"`) {
		id = id[1 : len(id)-1]
	}
	if len(values) > 1 || !isClientOrderID(id) {
		f.errs = append(f.errs, inputError{Header: key,
			Detail: fmt.Sprintf("%s must be given once, with 1 to %d characters of printable ASCII without spaces", key, maxClientOrderID)})
	}
	return trading.ClientOrderID(id)
}

func isClientOrderID(id string) bool {
	for _, c := range []byte(id) {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return id != "" && len(id) <= maxClientOrderID
}

// listOrders answers with the account's orders, newest first.
func (a *api) listOrders(w http.ResponseWriter, c *call) error {
	q := c.query()
	query := trading.OrderQuery{
		Open:   q.choice("status", "all", "open") == "open",
		Symbol: q.symbol("symbol"),
		Before: trading.OrderID(q.text("before", maxID)),
		Limit:  q.limit(defaultPage, maxPage),
	}
	if err := q.done(); err != nil {
		return err
	}
	orders, err := a.Ledger.Orders(c.Context(), c.user.Account, query)
	if err != nil {
		return fmt.Errorf("list orders: %w", err)
	}
	answer := struct {
		Account trading.AccountID `json:"account"`
		Orders  []wire.Order      `json:"orders"`
		Next    trading.OrderID   `json:"next,omitempty"` // before of the next page
	}{Account: c.user.Account, Orders: make([]wire.Order, len(orders))}
	for i, o := range orders {
		answer.Orders[i] = wire.Order(o)
	}
	if len(orders) == query.Limit {
		answer.Next = orders[len(orders)-1].ID
	}
	return writeJSON(w, http.StatusOK, answer)
}

// orderID reads the order's id from the path.
func (c *call) orderID() (trading.OrderID, error) {
	id := c.PathValue("id")
	if len(id) > maxID {
		return "", noSuchOrder()
	}
	return trading.OrderID(id), nil
}

func noSuchOrder() *problem {
	return newProblem(http.StatusNotFound, trading.CodeOrderNotFound, "This account has no such order.")
}

func (a *api) getOrder(w http.ResponseWriter, c *call) error {
	id, err := c.orderID()
	if err != nil {
		return err
	}
	order, err := a.Ledger.Order(c.Context(), c.user.Account, id)
	if errors.Is(err, trading.ErrNotFound) {
		return noSuchOrder()
	}
	if err != nil {
		return fmt.Errorf("read order %s: %w", id, err)
	}
	return writeJSON(w, http.StatusOK, orderAnswer{wire.Order(order)})
}

// replaceOrder asks to change size or limit of a working order.
func (a *api) replaceOrder(w http.ResponseWriter, c *call) error {
	id, err := c.orderID()
	if err != nil {
		return err
	}
	body, err := readBody(w, c.Request, maxOrderBody)
	if err != nil {
		return err
	}
	replacement, err := parseReplacement(body)
	if err != nil {
		return err
	}
	ctx, cancel := a.finish(c)
	defer cancel()
	order, err := a.Orders.Replace(ctx, c.user.ID, id, replacement)
	if err != nil {
		return fmt.Errorf("replace order %s: %w", id, err)
	}
	return writeJSON(w, http.StatusAccepted, orderAnswer{wire.Order(order)})
}

// parseReplacement reads the body of a change. What is given must be positive:
// zero means "as it is" in the domain and must not pass for a wish.
func parseReplacement(body []byte) (trading.Replacement, error) {
	f, err := parseFields(body, "quantity", "limitPrice")
	if err != nil {
		return trading.Replacement{}, err
	}
	r := trading.Replacement{Quantity: f.positive("quantity"), LimitPrice: f.positive("limitPrice")}
	if !f.has("quantity") && !f.has("limitPrice") {
		f.fail("", "quantity or limitPrice is missing")
	}
	return r, f.done()
}

func (f *fields) positive(name string) trading.Decimal {
	before := len(f.errs)
	d := f.decimal(name)
	if f.has(name) && len(f.errs) == before && !d.IsPos() {
		f.fail(name, "%s must be greater than 0", name)
	}
	return d
}

// cancelOrder asks to cancel an order; the outcome comes as an event.
func (a *api) cancelOrder(w http.ResponseWriter, c *call) error {
	id, err := c.orderID()
	if err != nil {
		return err
	}
	ctx, cancel := a.finish(c)
	defer cancel()
	order, err := a.Orders.Cancel(ctx, c.user.ID, id)
	if err != nil {
		return fmt.Errorf("cancel order %s: %w", id, err)
	}
	return writeJSON(w, http.StatusAccepted, orderAnswer{wire.Order(order)})
}
