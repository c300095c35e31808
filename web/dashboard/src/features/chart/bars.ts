import type { Price, Quantity, Quote, ServerTime, Side, TradeExecuted } from '@tradewind/react'
import type { Candle, Interval } from '../../shared/desk-api.ts'

/** One candle as the chart draws it. */
export interface Bar {
  /** Where it begins. */
  readonly start: ServerTime
  readonly open: Price
  readonly high: Price
  readonly low: Price
  readonly close: Price
  readonly volume: Quantity
}

/** The bar that still grows, and how much of the day's volume is in the bars so far. */
export interface GrowingBar {
  readonly bar: Bar
  readonly dayVolume: Quantity | undefined
}

/** Own fills of one side in one bar. */
export interface Mark {
  readonly start: ServerTime
  readonly side: Side
  readonly quantity: Quantity
}

const MINUTE = 60_000
export const intervalLength: Readonly<Record<Interval, number>> = {
  '1m': MINUTE,
  '5m': 5 * MINUTE,
  '15m': 15 * MINUTE,
  '1h': 60 * MINUTE,
  '1d': 1_440 * MINUTE,
}

export const toBar = ({ timestamp, open, high, low, close, volume = 0 }: Candle): Bar => ({
  start: timestamp,
  open,
  high,
  low,
  close,
  volume,
})

/** Takes a quote into the last bar, or begins the next one. A quote of the past changes nothing. */
export function growBar(
  last: GrowingBar | undefined,
  { price, timestamp, volume }: Quote,
  length: number,
): GrowingBar {
  const start = Math.floor(timestamp / length) * length
  const dayVolume = volume ?? last?.dayVolume
  const added =
    volume !== undefined && last?.dayVolume !== undefined ? Math.max(0, volume - last.dayVolume) : 0
  if (last && start < last.bar.start) return last
  if (!last || start > last.bar.start) {
    return { bar: { start, open: price, high: price, low: price, close: price, volume: added }, dayVolume }
  }
  const { bar } = last
  return {
    bar: {
      ...bar,
      high: Math.max(bar.high, price),
      low: Math.min(bar.low, price),
      close: price,
      volume: bar.volume + added,
    },
    dayVolume,
  }
}

/** Where the account traded, oldest first: the fills of a bar and side are one mark. */
export function markTrades(
  trades: readonly TradeExecuted[],
  symbol: string,
  length: number,
  from: ServerTime,
): readonly Mark[] {
  const marks = new Map<string, Mark>()
  for (const trade of trades) {
    const start = Math.floor(trade.timestamp / length) * length
    if (trade.symbol !== symbol || start < from) continue
    const key = `${start} ${trade.side}`
    const quantity = (marks.get(key)?.quantity ?? 0) + trade.quantity
    marks.set(key, { start, side: trade.side, quantity })
  }
  return [...marks.values()].sort((a, b) => a.start - b.start)
}
