import type { Order, Portfolio, Quote, TradeExecuted, TradeFailed } from '../src/core/index.ts'

/** Monday, 2 March 2026, 12:00 UTC. */
export const NOON = 1_772_452_800_000

export const quote = (over: Partial<Quote> = {}): Quote => ({
  symbol: 'AAPL',
  price: 189,
  change: -1.1,
  changePercent: -0.58,
  timestamp: NOON,
  state: 'live',
  ...over,
})

export const order = (over: Partial<Order> = {}): Order => ({
  id: 'ord_1',
  clientOrderId: 'mine-1',
  symbol: 'AAPL',
  side: 'buy',
  type: 'market',
  timeInForce: 'day',
  quantity: 10,
  filledQuantity: 0,
  status: 'working',
  createdAt: NOON,
  updatedAt: NOON,
  ...over,
})

export const executed = (over: Partial<TradeExecuted> = {}): TradeExecuted => ({
  account: 'acc_1',
  seq: 1,
  id: `exec_${over.seq ?? 1}`,
  orderId: 'ord_1',
  symbol: 'AAPL',
  side: 'buy',
  quantity: 10,
  price: 189,
  timestamp: NOON,
  status: 'filled',
  order: order({ status: 'filled', filledQuantity: 10, avgFillPrice: 189 }),
  ...over,
})

export const failed = (over: Partial<TradeFailed> = {}): TradeFailed => ({
  account: 'acc_1',
  seq: 1,
  error: 'Buying 10 AAPL costs 1,890.00 USD; 12.00 USD are available.',
  code: 'insufficient_buying_power',
  signal: { symbol: 'AAPL', side: 'buy', type: 'market', quantity: 10 },
  timestamp: NOON,
  ...over,
})

export const portfolio = (over: Partial<Portfolio> = {}): Portfolio => ({
  account: 'acc_1',
  seq: 1,
  asOf: NOON,
  currency: 'USD',
  cash: 98_000,
  buyingPower: 96_000,
  marketValue: 1_890,
  totalValue: 99_890,
  dayChange: 17.5,
  dayChangePercent: 0.02,
  unrealizedPnl: 17.5,
  realizedPnl: -3.1,
  positions: [
    {
      symbol: 'AAPL',
      quantity: 10,
      avgPrice: 187.25,
      price: 189,
      marketValue: 1_890,
      unrealizedPnl: 17.5,
      unrealizedPnlPercent: 0.93,
      dayChange: 17.5,
    },
  ],
  ...over,
})
