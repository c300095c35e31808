import {
  useTradeNotifications,
  type TradeExecuted,
  type TradeFailed,
  type TradeNotification,
} from '@tradewind/react'
import { useEffect, useRef } from 'react'
import { toast } from 'sonner'
import { formatMoney, formatPrice, formatQuantity } from '../../shared/format.ts'
import { sideWords } from '../../shared/side.ts'

/** More than this many that happened while we were away are one toast. */
const MAX_REPLAYED = 3
/** Replayed entries arrive in a burst; it is over when none came for this long. */
const BURST_MS = 400

/** Says what was executed and what was refused, as it happens. */
export function TradeToasts() {
  const missed = useRef<TradeNotification[]>([])
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])

  useTradeNotifications((notification) => {
    if (!notification.replayed) {
      show(notification)
      return
    }
    missed.current.push(notification)
    clearTimeout(timer.current)
    timer.current = setTimeout(() => {
      showMissed(missed.current)
      missed.current = []
    }, BURST_MS)
  })
  return null
}

function showMissed(missed: readonly TradeNotification[]): void {
  if (missed.length <= MAX_REPLAYED) {
    for (const notification of missed) show(notification)
    return
  }
  const fills = missed.filter(({ kind }) => kind === 'executed').length
  const refusals = missed.length - fills
  toast(
    `While you were away: ${count(fills, 'fill')}${refusals > 0 ? ` and ${count(refusals, 'refused order')}` : ''}`,
    {
      description: 'They are in the list of recent trades.',
    },
  )
}

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`

function show(notification: TradeNotification): void {
  if (notification.kind === 'executed') showExecuted(notification.trade)
  else showFailed(notification.failure)
}

/** Fills of one order share a toast, which tells how far the order is. */
function showExecuted({ order, orderId, side, symbol, quantity, price, status }: TradeExecuted): void {
  const partial = status === 'partially_filled'
  const total = partial ? quantity : order.filledQuantity
  const average = partial ? price : (order.avgFillPrice ?? price)
  toast.success(`${sideWords[side].past} ${formatQuantity(total)} ${symbol} at ${formatPrice(average)}`, {
    id: orderId,
    description: partial
      ? `${formatQuantity(order.filledQuantity)} of ${formatQuantity(order.quantity)} filled`
      : `${formatMoney(total * average)} · order filled`,
  })
}

function showFailed({ error, signal: { side, quantity, symbol } }: TradeFailed): void {
  toast.error(`Refused: ${sideWords[side].verb.toLowerCase()} ${formatQuantity(quantity)} ${symbol}`, {
    description: error,
    duration: 8_000,
  })
}
