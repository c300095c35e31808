package sim

import (
	"fmt"

	"github.com/govalues/decimal"

	"tradewind/internal/trading"
)

// ticker is what makes one simulated symbol differ from another.
type ticker struct {
	symbol     trading.Symbol
	name       string
	dollars    int64 // usual price
	volatility int64 // in percent of the usual; 200 at most keeps every price far from zero
	perSecond  int64 // shares traded on average
}

// listed are the tickers people know, those every test may rely on first.
var listed = []ticker{
	{"AAPL", "Apple Inc.", 270, 100, 580},
	{"MSFT", "Microsoft Corporation", 510, 90, 260},
	{"GOOGL", "Alphabet Inc. Class A", 280, 110, 380},
	{"AMZN", "Amazon.com, Inc.", 235, 120, 460},
	{"NVDA", "NVIDIA Corporation", 190, 170, 2100},
	{"TSLA", "Tesla, Inc.", 430, 200, 1050},
	{"SPY", "SPDR S&P 500 ETF Trust", 670, 50, 850},
	{"META", "Meta Platforms, Inc.", 640, 130, 160},
	{"AMD", "Advanced Micro Devices, Inc.", 230, 180, 520},
	{"NFLX", "Netflix, Inc.", 110, 130, 420},
	{"QQQ", "Invesco QQQ Trust", 610, 70, 650},
	{"AVGO", "Broadcom Inc.", 350, 150, 230},
	{"JPM", "JPMorgan Chase & Co.", 310, 80, 110},
	{"V", "Visa Inc.", 335, 70, 120},
	{"MA", "Mastercard Incorporated", 545, 70, 110},
	{"UNH", "UnitedHealth Group Incorporated", 330, 120, 120},
	{"JNJ", "Johnson & Johnson", 200, 60, 110},
	{"XOM", "Exxon Mobil Corporation", 117, 90, 170},
	{"WMT", "Walmart Inc.", 104, 70, 190},
	{"PG", "The Procter & Gamble Company", 148, 60, 110},
	{"HD", "The Home Depot, Inc.", 355, 80, 105},
	{"KO", "The Coca-Cola Company", 71, 50, 190},
	{"DIS", "The Walt Disney Company", 106, 100, 130},
	{"COST", "Costco Wholesale Corporation", 915, 80, 100},
	{"ORCL", "Oracle Corporation", 215, 160, 280},
	{"CRM", "Salesforce, Inc.", 235, 110, 115},
	{"PLTR", "Palantir Technologies Inc.", 170, 200, 720},
	{"COIN", "Coinbase Global, Inc.", 270, 200, 130},
	{"IWM", "iShares Russell 2000 ETF", 240, 80, 430},
	{"GLD", "SPDR Gold Shares", 375, 70, 150},
}

// tickers returns the first n tickers: the real ones, then generated ones.
func tickers(n int) []ticker {
	all := make([]ticker, 0, n)
	all = append(all, listed[:min(n, len(listed))]...)
	for len(all) < n {
		k := len(all) - len(listed) + 1
		symbol := trading.Symbol(fmt.Sprintf("SYM%03d", k))
		h := mix(name(symbol))
		all = append(all, ticker{
			symbol:     symbol,
			name:       fmt.Sprintf("Simulated Company %d", k),
			dollars:    30 + int64(h%370),
			volatility: 60 + int64(h>>16%120),
			perSecond:  100 + int64(h>>32%400),
		})
	}
	return all
}

// The rules of every simulated instrument: thousandths of a share, cents.
var (
	quantityStep = decimal.MustParse("0.001")
	priceStep    = decimal.MustParse("0.01")
	maxQuantity  = decimal.MustParse("100000")
)

func (t ticker) instrument() trading.Instrument {
	return trading.Instrument{
		Symbol: t.symbol, Name: t.name,
		QuantityStep: quantityStep, PriceStep: priceStep, MaxQuantity: maxQuantity,
	}
}
