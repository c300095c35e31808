import type {
  ClientOrderId,
  Instrument,
  Money,
  OrderRequest,
  OrderType,
  Portfolio,
  Price,
  Quantity,
  Quote,
  Side,
  TickerSymbol,
  TimeInForce,
} from '@tradewind/react'
import { formatMoney, formatQuantity, formatStep } from '../../shared/format.ts'
import { sideWords } from '../../shared/side.ts'

/** What is typed into the ticket, as typed. */
export interface TicketDraft {
  readonly symbol: TickerSymbol
  readonly side: Side
  readonly type: OrderType
  readonly quantity: string
  readonly limitPrice: string
  readonly timeInForce: TimeInForce
}

/** What the ticket is judged against. What is not known yet is not held against the draft. */
export interface TicketContext {
  readonly instrument: Instrument | undefined
  readonly quote: Quote | undefined
  readonly portfolio: Portfolio | undefined
}

export interface TicketCheck {
  readonly quantityError: string | undefined
  readonly limitPriceError: string | undefined
  /** Of the order as a whole, such as a lack of money. */
  readonly orderError: string | undefined
  /** undefined while a number is missing. */
  readonly estimate: Money | undefined
  readonly available: Money | undefined
  readonly held: Quantity
  readonly ready: boolean
}

export const emptyDraft: TicketDraft = {
  symbol: '',
  side: 'buy',
  type: 'market',
  quantity: '',
  limitPrice: '',
  timeInForce: 'day',
}

/** The server takes 15 significant digits; more could not be read exactly. */
const MAX_DIGITS = 15

/** Reads a number as people type it, with commas between thousands. undefined: not one. */
export function readNumber(text: string): number | undefined {
  const plain = text.trim().replaceAll(/,(?=\d{3}(\D|$))/g, '')
  if (!/^(\d+\.?\d*|\.\d+)$/.test(plain)) return undefined
  if (plain.replace('.', '').replace(/^0+/, '').length > MAX_DIGITS) return undefined
  return Number(plain)
}

/** Judges the draft as it is typed. Fields that are still empty have no error, but the draft is not ready. */
export function checkTicket(
  draft: TicketDraft,
  { instrument, quote, portfolio }: TicketContext,
): TicketCheck {
  const quantity = readNumber(draft.quantity)
  const limitPrice = readNumber(draft.limitPrice)
  const quantityError = draft.quantity.trim() === '' ? undefined : judgeQuantity(quantity, instrument)
  const isLimit = draft.type === 'limit'
  const limitPriceError =
    isLimit && draft.limitPrice.trim() !== '' ? judgePrice(limitPrice, instrument) : undefined

  const price = isLimit ? limitPrice : marketPrice(draft.side, quote)
  const complete = quantity !== undefined && price !== undefined && !quantityError && !limitPriceError
  const estimate = complete ? quantity * price : undefined
  const held = portfolio?.positions.find(({ symbol }) => symbol === draft.symbol)?.quantity ?? 0
  const orderError = judgeOrder(draft, quantity, estimate, held, portfolio)
  const typed = quantity !== undefined && (!isLimit || limitPrice !== undefined)
  const ready = draft.symbol !== '' && typed && !quantityError && !limitPriceError && !orderError
  return {
    quantityError,
    limitPriceError,
    orderError,
    estimate,
    available: portfolio?.buyingPower,
    held,
    ready,
  }
}

/** The request for a draft that is ready. */
export function toRequest(draft: TicketDraft, clientOrderId: ClientOrderId): OrderRequest {
  const { symbol, side, type, timeInForce } = draft
  const quantity = readNumber(draft.quantity) ?? 0
  const limitPrice = readNumber(draft.limitPrice) ?? 0
  const request = { symbol, side, type, quantity, timeInForce, clientOrderId }
  return type === 'limit' ? { ...request, limitPrice } : request
}

/** Buy 10 AAPL, as far as it is typed. */
export function describeDraft({ side, quantity, symbol }: TicketDraft): string {
  const size = readNumber(quantity)
  const words = [sideWords[side].verb, size === undefined ? '' : formatQuantity(size), symbol || 'order']
  return words.filter(Boolean).join(' ')
}

/** What a market order would trade at: the other side of the book, or the last price. */
function marketPrice(side: Side, quote: Quote | undefined): Price | undefined {
  return (side === 'buy' ? quote?.ask : quote?.bid) ?? quote?.price
}

function judgeQuantity(
  quantity: Quantity | undefined,
  instrument: Instrument | undefined,
): string | undefined {
  if (quantity === undefined) return 'Enter a number, such as 10'
  if (quantity <= 0) return 'The quantity must be above 0'
  const { quantityStep, maxQuantity } = instrument ?? {}
  if (quantityStep && !isMultiple(quantity, quantityStep)) {
    return quantityStep === 1 ? 'Whole shares only' : `In steps of ${formatStep(quantityStep)}`
  }
  if (maxQuantity && quantity > maxQuantity) return `At most ${formatQuantity(maxQuantity)} at once`
  return undefined
}

function judgePrice(price: Price | undefined, instrument: Instrument | undefined): string | undefined {
  if (price === undefined) return 'Enter a price, such as 189.50'
  if (price <= 0) return 'The price must be above 0'
  const step = instrument?.priceStep
  if (step && !isMultiple(price, step)) return `In steps of ${formatStep(step)}`
  return undefined
}

function judgeOrder(
  draft: TicketDraft,
  quantity: Quantity | undefined,
  estimate: Money | undefined,
  held: Quantity,
  portfolio: Portfolio | undefined,
): string | undefined {
  if (!portfolio || quantity === undefined) return undefined
  if (draft.side === 'buy' && estimate !== undefined && estimate > portfolio.buyingPower) {
    return `This costs ${formatMoney(estimate)}; your buying power is ${formatMoney(portfolio.buyingPower)}`
  }
  if (draft.side === 'sell' && quantity > held) {
    return held > 0 ? `You hold ${formatQuantity(held)} ${draft.symbol}` : `You hold no ${draft.symbol}`
  }
  return undefined
}

/** Tolerates what binary fractions do to 0.07 / 0.01. */
function isMultiple(value: number, step: number): boolean {
  const ratio = value / step
  return Math.abs(ratio - Math.round(ratio)) < 1e-6
}
