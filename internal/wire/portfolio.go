package wire

import "tradewind/internal/trading"

// Portfolio is the payload of portfolio:update and the answer of GET /api/portfolio.
type Portfolio trading.Portfolio

// AppendJSON implements Payload.
func (p Portfolio) AppendJSON(dst []byte) ([]byte, error) {
	o := openObject(dst)
	o.string("account", string(p.Account))
	o.int("seq", int64(p.Seq))
	o.time("asOf", p.AsOf)
	o.string("currency", p.Currency)
	o.decimal("cash", p.Cash)
	o.decimal("buyingPower", p.BuyingPower)
	o.decimal("marketValue", p.MarketValue)
	o.decimal("totalValue", p.TotalValue)
	o.decimal("dayChange", p.DayChange)
	o.decimal("dayChangePercent", p.DayChangePercent)
	o.decimal("unrealizedPnl", p.UnrealizedPnl)
	o.decimal("realizedPnl", p.RealizedPnl)
	o.name("positions")
	o.dst = append(o.dst, '[')
	for i := range p.Positions {
		if i > 0 {
			o.dst = append(o.dst, ',')
		}
		o.dst = appendPosition(o.dst, &p.Positions[i])
	}
	o.dst = append(o.dst, ']')
	return o.close(), nil
}

// MarshalJSON implements json.Marshaler.
func (p Portfolio) MarshalJSON() ([]byte, error) {
	return marshal(p, 384+256*len(p.Positions))
}

func appendPosition(dst []byte, p *trading.PositionValue) []byte {
	o := openObject(dst)
	o.string("symbol", string(p.Symbol))
	o.decimal("quantity", p.Quantity)
	o.decimal("avgPrice", p.AvgPrice)
	o.decimal("price", p.Price)
	o.decimal("marketValue", p.MarketValue)
	o.decimal("unrealizedPnl", p.UnrealizedPnl)
	o.decimal("unrealizedPnlPercent", p.UnrealizedPnlPercent)
	o.decimal("dayChange", p.DayChange)
	return o.close()
}
