import type { Money, Percent, Price, Quantity, ServerTime, TickerSymbol } from '../nominal.ts'
import { number, object, optional, text, word, type ObjectOf } from './reader.ts'

const quote = {
  symbol: text<TickerSymbol>,
  price: number<Price>,
  /** Since the feed's reference price: previous close, 24 h, or 00:00 UTC in the simulation. */
  change: number<Money>,
  changePercent: number<Percent>,
  timestamp: number<ServerTime>,
  bid: optional(number<Price>),
  ask: optional(number<Price>),
  volume: optional(number<Quantity>),
  state: word('live', 'stale', 'halted', 'closed'),
}

/** The newest price of one symbol: `quote:update`. */
export type Quote = ObjectOf<typeof quote>
export const parseQuote = object(quote)

const feedStatus = {
  source: text,
  state: word('live', 'stalled', 'closed'),
  since: number<ServerTime>,
}

/** How a market feed as a whole is doing: `feed:status`. */
export type FeedStatus = ObjectOf<typeof feedStatus>
export const parseFeedStatus = object(feedStatus)
