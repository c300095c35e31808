import {
  useTradeNotifications,
  type TradeExecuted,
  type TradeFailed,
  type TradeNotification,
} from '@tradewind/react'
import { useEffect, useRef } from 'react'
import { toast } from 'sonner'
import { useLocation } from 'wouter'
import { formatMoney, formatPrice, formatQuantity } from '../../shared/format.ts'
import { useSettings } from '../../shared/settings.ts'
import { sideWords } from '../../shared/side.ts'
import { playSound, unlockSound } from '../../shared/sound.ts'

/** More than this many that happened while we were away are one toast. */
const MAX_REPLAYED = 3
/** Replayed entries arrive in a burst; it is over when none came for this long. */
const BURST_MS = 400

type Go = (path: string) => void

/** Says what was executed and what was refused, as it happens, and if wanted sounds it. */
export function TradeToasts() {
  const [, go] = useLocation()
  const { settings } = useSettings()
  const missed = useRef<TradeNotification[]>([])
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  useEffect(() => {
    const gestures = ['pointerdown', 'keydown'] as const
    if (!settings.sounds) return
    for (const gesture of gestures) document.addEventListener(gesture, unlockSound, { once: true })
    return () => {
      for (const gesture of gestures) document.removeEventListener(gesture, unlockSound)
    }
  }, [settings.sounds])

  useTradeNotifications((notification) => {
    if (!notification.replayed) {
      show(notification, go)
      if (settings.sounds) playSound(soundOf(notification), settings.volume)
      return
    }
    missed.current.push(notification)
    clearTimeout(timer.current)
    timer.current = setTimeout(() => {
      showMissed(missed.current, go)
      missed.current = []
    }, BURST_MS)
  })
  return null
}

const soundOf = (notification: TradeNotification) =>
  notification.kind === 'executed' ? notification.trade.side : 'refused'

function showMissed(missed: readonly TradeNotification[], go: Go): void {
  if (missed.length <= MAX_REPLAYED) {
    for (const notification of missed) show(notification, go)
    return
  }
  const fills = missed.filter(({ kind }) => kind === 'executed').length
  const refusals = missed.length - fills
  toast(
    `While you were away: ${count(fills, 'fill')}${refusals > 0 ? ` and ${count(refusals, 'refused order')}` : ''}`,
    { action: view('/orders', go) },
  )
}

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`
const view = (path: string, go: Go) => ({ label: 'View', onClick: () => go(path) })

function show(notification: TradeNotification, go: Go): void {
  if (notification.kind === 'executed') showExecuted(notification.trade, go)
  else showFailed(notification.failure, go)
}

/** Fills of one order share a toast: what was traded so far, at what price on average, and how far the order is. */
function showExecuted({ id, order, orderId, side, symbol, price }: TradeExecuted, go: Go): void {
  const { filledQuantity, quantity, avgFillPrice = price } = order
  const filled = formatQuantity(filledQuantity)
  toast.success(`${sideWords[side].past} ${filled} ${symbol} at ${formatPrice(avgFillPrice)}`, {
    id: orderId,
    description:
      filledQuantity < quantity
        ? `${filled} of ${formatQuantity(quantity)} filled`
        : `${formatMoney(filledQuantity * avgFillPrice)} · order filled`,
    action: view(`/trades/${encodeURIComponent(id)}`, go),
  })
}

function showFailed({ error, signal: { side, quantity, symbol } }: TradeFailed, go: Go): void {
  toast.error(`Refused: ${sideWords[side].verb.toLowerCase()} ${formatQuantity(quantity)} ${symbol}`, {
    description: error,
    duration: 8_000,
    action: view('/orders', go),
  })
}
