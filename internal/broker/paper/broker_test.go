package paper_test

import (
	"testing"
	"time"

	"go.uber.org/goleak"

	"tradewind/internal/broker/brokertest"
	"tradewind/internal/broker/paper"
	"tradewind/internal/trading"
	"tradewind/internal/trading/tradingtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func num(text string) trading.Decimal {
	n, err := trading.ParseDecimal(text)
	if err != nil {
		panic(err)
	}
	return n
}

var aapl = trading.Instrument{Symbol: "AAPL", Name: "Apple", QuantityStep: num("1"), PriceStep: num("0.01"), MaxQuantity: num("100000")}

func quote(bid, ask, size string) trading.Quote {
	return trading.Quote{
		Symbol: "AAPL", Price: num(bid), Bid: num(bid), Ask: num(ask), BidSize: num(size), AskSize: num(size),
		Time: time.Now().UTC(), State: trading.QuoteLive,
	}
}

func TestBroker_Suite(t *testing.T) {
	brokertest.Run(t, func(t *testing.T) brokertest.Setup {
		book := tradingtest.NewPaperBook()
		board := trading.NewBoard([]trading.Instrument{aapl})
		fresh := func() trading.Broker { return paper.New(book, board, paper.Options{}) }
		return brokertest.Setup{
			Broker: fresh(), Account: "acct", Symbol: "AAPL", Restart: fresh,
			Quote: func(bid, ask, size string) { board.PublishQuotes([]trading.Quote{quote(bid, ask, size)}) },
		}
	})
}
