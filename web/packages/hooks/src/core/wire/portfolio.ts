import type { AccountId, Money, Percent, Price, Quantity, Seq, ServerTime, TickerSymbol } from '../nominal.ts'
import { list, number, object, text, type ObjectOf } from './reader.ts'

const position = {
  symbol: text<TickerSymbol>,
  quantity: number<Quantity>,
  avgPrice: number<Price>,
  price: number<Price>,
  marketValue: number<Money>,
  unrealizedPnl: number<Money>,
  unrealizedPnlPercent: number<Percent>,
  dayChange: number<Money>,
}

/** What an account holds of one symbol, at current prices. */
export type Position = ObjectOf<typeof position>

const portfolio = {
  account: text<AccountId>,
  /** The newest ledger entry that is folded in. */
  seq: number<Seq>,
  asOf: number<ServerTime>,
  currency: text,
  cash: number<Money>,
  /** Cash less what open buy orders reserve. */
  buyingPower: number<Money>,
  marketValue: number<Money>,
  totalValue: number<Money>,
  dayChange: number<Money>,
  dayChangePercent: number<Percent>,
  unrealizedPnl: number<Money>,
  realizedPnl: number<Money>,
  positions: list(object(position)),
}

/** An account at current prices: `portfolio:update`. */
export type Portfolio = ObjectOf<typeof portfolio>
export const parsePortfolio = object(portfolio)
