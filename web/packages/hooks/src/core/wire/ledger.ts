import type {
  AccountId,
  ClientOrderId,
  ExecutionId,
  Money,
  OrderId,
  Price,
  Quantity,
  Seq,
  ServerTime,
  TickerSymbol,
} from '../nominal.ts'
import { number, object, optional, text, word, type ObjectOf } from './reader.ts'

const side = word('buy', 'sell')
export type Side = ReturnType<typeof side>

const orderType = word('market', 'limit')
export type OrderType = ReturnType<typeof orderType>

const timeInForce = word('day', 'gtc')
export type TimeInForce = ReturnType<typeof timeInForce>

const orderStatus = word(
  'submitting',
  'unknown',
  'accepted',
  'working',
  'partially_filled',
  'filled',
  'canceling',
  'replacing',
  'canceled',
  'rejected',
  'expired',
  'replaced',
)
export type OrderStatus = ReturnType<typeof orderStatus>

const order = {
  id: text<OrderId>,
  clientOrderId: text<ClientOrderId>,
  symbol: text<TickerSymbol>,
  side,
  type: orderType,
  timeInForce,
  quantity: number<Quantity>,
  limitPrice: optional(number<Price>),
  filledQuantity: number<Quantity>,
  avgFillPrice: optional(number<Price>),
  status: orderStatus,
  /** Why it was rejected, canceled or expired: a sentence for the user. */
  reason: optional(text),
  createdAt: number<ServerTime>,
  updatedAt: number<ServerTime>,
}

export type Order = ObjectOf<typeof order>
export const parseOrder = object(order)

const entry = {
  account: text<AccountId>,
  seq: number<Seq>,
  timestamp: number<ServerTime>,
}

const tradeExecuted = {
  ...entry,
  id: text<ExecutionId>,
  orderId: text<OrderId>,
  symbol: text<TickerSymbol>,
  side,
  /** This fill's, not the order's. */
  quantity: number<Quantity>,
  price: number<Price>,
  status: word('partially_filled', 'filled'),
  order: parseOrder,
}

/** One fill: `trade:executed`. */
export type TradeExecuted = ObjectOf<typeof tradeExecuted>
export const parseTradeExecuted = object(tradeExecuted)

const signal = {
  symbol: text<TickerSymbol>,
  side,
  type: orderType,
  quantity: number<Quantity>,
  limitPrice: optional(number<Price>),
  clientOrderId: optional(text<ClientOrderId>),
}

const tradeFailed = {
  ...entry,
  /** A sentence for the user. */
  error: text,
  code: text,
  signal: object(signal),
  order: optional(parseOrder),
}

/** An order that a check or the broker refused: `trade:failed`. */
export type TradeFailed = ObjectOf<typeof tradeFailed>
export const parseTradeFailed = object(tradeFailed)

const orderUpdate = { ...entry, order: parseOrder }

/** Every change of an order that is neither a fill nor a refusal: `order:update`. */
export type OrderUpdate = ObjectOf<typeof orderUpdate>
export const parseOrderUpdate = object(orderUpdate)

const accountUpdate = {
  ...entry,
  kind: text,
  symbol: optional(text<TickerSymbol>),
  quantity: optional(number<Quantity>),
  amount: optional(number<Money>),
  executionId: optional(text<ExecutionId>),
  reason: optional(text),
  /** What it was published as, with kind published. */
  event: optional(text),
}

/** Every other change of the account: `account:update`. */
export type AccountUpdate = ObjectOf<typeof accountUpdate>
export const parseAccountUpdate = object(accountUpdate)

/** A ledger entry as it arrives, told apart by event name. */
export type LedgerEvent =
  | { readonly event: 'trade:executed'; readonly data: TradeExecuted }
  | { readonly event: 'trade:failed'; readonly data: TradeFailed }
  | { readonly event: 'order:update'; readonly data: OrderUpdate }
  | { readonly event: 'account:update'; readonly data: AccountUpdate }

/** Reads a ledger event, undefined for a name that is none. */
export function parseLedgerEvent(event: string, raw: unknown): LedgerEvent | undefined {
  switch (event) {
    case 'trade:executed':
      return { event, data: parseTradeExecuted(raw, event) }
    case 'trade:failed':
      return { event, data: parseTradeFailed(raw, event) }
    case 'order:update':
      return { event, data: parseOrderUpdate(raw, event) }
    case 'account:update':
      return { event, data: parseAccountUpdate(raw, event) }
    default:
      return undefined
  }
}
