import type { LocalTime, Money, Percent, Price, Quantity, ServerTime } from '@tradewind/react'

const MINUS = '−'
const LOCALE = 'en-US'

const amountFormat = new Intl.NumberFormat(LOCALE, { minimumFractionDigits: 2, maximumFractionDigits: 2 })
const smallPriceFormat = new Intl.NumberFormat(LOCALE, { minimumFractionDigits: 4, maximumFractionDigits: 8 })
const quantityFormat = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 8 })
const timeFormat = new Intl.DateTimeFormat(LOCALE, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
})
const dayFormat = new Intl.DateTimeFormat(LOCALE, { day: 'numeric', month: 'short' })

const withMinus = (text: string): string => text.replace('-', MINUS)

/** 1,234.50 */
export const formatMoney = (amount: Money): string => withMinus(amountFormat.format(roundZero(amount)))

/** +1,234.50: for what came and went. */
export function formatSigned(amount: Money | Percent): string {
  const rounded = roundZero(amount)
  return rounded > 0 ? `+${amountFormat.format(rounded)}` : withMinus(amountFormat.format(rounded))
}

/** +1.25% */
export const formatPercent = (percent: Percent): string => `${formatSigned(percent)}%`

/** 189.50; what costs less than 1 has more decimals. */
export const formatPrice = (price: Price): string =>
  (price > 0 && price < 1 ? smallPriceFormat : amountFormat).format(price)

export const formatQuantity = (quantity: Quantity): string => withMinus(quantityFormat.format(quantity))

/** The smallest change of a size or a price, without padding: 0.01 */
export const formatStep = (step: Quantity | Price): string => quantityFormat.format(step)

/** 14:03:27, with the day in front when it is not today. */
export function formatTime(time: LocalTime | ServerTime, now: LocalTime = Date.now()): string {
  const moment = new Date(time)
  const clock = timeFormat.format(moment)
  return moment.toDateString() === new Date(now).toDateString()
    ? clock
    : `${dayFormat.format(moment)} ${clock}`
}

/** now, 5 s, 3 min, 2 h, 4 d */
export function formatAge(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000)
  if (seconds < 2) return 'now'
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h`
  return `${Math.floor(seconds / 86_400)} d`
}

/** The colour of a gain or a loss. */
export function tone(amount: number): string {
  const rounded = roundZero(amount)
  if (rounded > 0) return 'text-up'
  return rounded < 0 ? 'text-down' : 'text-muted'
}

/** A glyph beside the colour, for those who do not see the difference. */
export function arrow(amount: number): string {
  const rounded = roundZero(amount)
  if (rounded > 0) return '▲'
  return rounded < 0 ? '▼' : '■'
}

/** What is shown as 0.00 is neither gain nor loss. */
function roundZero(amount: number): number {
  return Math.abs(amount) < 0.005 ? 0 : amount
}
