import type { Order, OrderId, ServerTime, TradeExecuted } from '@tradewind/react'
import { formatPrice, formatQuantity } from '../../shared/format.ts'
import { sideWords } from '../../shared/side.ts'

/** What became of an order, as one line: its fills are not told one by one. */
export interface Outcome {
  readonly order: OrderId
  /** When it last changed. */
  readonly at: ServerTime
  readonly mood: 'good' | 'bad' | 'neutral'
  readonly title: string
  readonly detail: string
  /** The page that tells more. */
  readonly path: string
}

const MAX_OUTCOMES = 50

/** The outcomes of orders, the newest change first. Orders of which nothing was heard yet have none. */
export function outcomesOf(orders: readonly Order[], trades: readonly TradeExecuted[]): readonly Outcome[] {
  const newestFill = new Map<OrderId, TradeExecuted>()
  for (const trade of trades) if (!newestFill.has(trade.orderId)) newestFill.set(trade.orderId, trade)
  return orders
    .map((order) => outcomeOf(order, newestFill.get(order.id)))
    .filter((outcome) => outcome !== undefined)
    .sort((a, b) => b.at - a.at)
    .slice(0, MAX_OUTCOMES)
}

/** How many changed after the user last looked. */
export const countUnread = (outcomes: readonly Outcome[], seenAt: ServerTime): number =>
  outcomes.filter(({ at }) => at > seenAt).length

function outcomeOf(order: Order, fill: TradeExecuted | undefined): Outcome | undefined {
  const { id, side, symbol, quantity, filledQuantity, avgFillPrice, status, reason, updatedAt } = order
  const path = fill === undefined ? '/orders' : `/trades/${encodeURIComponent(fill.id)}`
  const base = { order: id, at: updatedAt, path }
  const asked = `${sideWords[side].verb.toLowerCase()} ${formatQuantity(quantity)} ${symbol}`
  if (filledQuantity > 0) {
    const price = avgFillPrice === undefined ? '' : ` at ${formatPrice(avgFillPrice)}`
    const title = `${sideWords[side].past} ${formatQuantity(filledQuantity)} ${symbol}${price}`
    const partly = `${formatQuantity(filledQuantity)} of ${formatQuantity(quantity)} filled`
    if (status === 'canceled' || status === 'expired') {
      return { ...base, mood: 'neutral', title, detail: `${partly}; the rest ${endings[status]}` }
    }
    return { ...base, mood: 'good', title, detail: status === 'filled' ? 'Order filled' : partly }
  }
  if (status === 'rejected') {
    return { ...base, mood: 'bad', title: `Refused: ${asked}`, detail: reason ?? 'The broker gave no reason' }
  }
  if (status === 'canceled' || status === 'expired') {
    const words = status === 'canceled' ? 'Canceled' : 'Expired'
    return { ...base, mood: 'neutral', title: `${words}: ${asked}`, detail: reason ?? 'Nothing was traded' }
  }
  return undefined
}

const endings = { canceled: 'was canceled', expired: 'expired' } as const
