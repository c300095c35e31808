import type { Order, OrderStatus } from '@tradewind/react'
import { formatPrice, formatQuantity } from '../../shared/format.ts'
import { sideWords } from '../../shared/side.ts'

/** The states of an order as a trader calls them. */
export const statusWords: Readonly<Record<OrderStatus, string>> = {
  submitting: 'Sending',
  unknown: 'Unknown, checking',
  accepted: 'Accepted',
  working: 'Working',
  partially_filled: 'Partly filled',
  filled: 'Filled',
  canceling: 'Canceling',
  replacing: 'Changing',
  canceled: 'Canceled',
  rejected: 'Refused',
  expired: 'Expired',
  replaced: 'Replaced',
}

/** Buy 10 AAPL at 189.50 */
export function describeOrder(order: Pick<Order, 'side' | 'quantity' | 'symbol' | 'limitPrice'>): string {
  const price = order.limitPrice === undefined ? 'at market' : `at ${formatPrice(order.limitPrice)}`
  return `${sideWords[order.side].verb} ${formatQuantity(order.quantity)} ${order.symbol} ${price}`
}

/** Green is done, red was refused, amber needs patience; the word says the same. */
export function statusTone(status: OrderStatus): string {
  if (status === 'filled') return 'text-up'
  if (status === 'rejected') return 'text-down'
  if (status === 'submitting' || status === 'unknown' || status === 'canceling' || status === 'replacing') {
    return 'text-paper'
  }
  return status === 'canceled' || status === 'expired' || status === 'replaced' ? 'text-muted' : 'text-text'
}
