/**
 * The live view of a Tradewind server without React: one connection, stores that
 * are flushed once per frame, and a ledger that neither repeats nor loses.
 */
export { Api, type ApiOptions, type Instrument, type Me, type OrderRequest, type ValuePoint } from './api.ts'
export type { BackoffOptions } from './backoff.ts'
export { createTradewind, type Tradewind, type TradewindOptions } from './client.ts'
export { ServerClock } from './clock.ts'
export { Connection, type ConnectionOptions } from './connection.ts'
export type { ConnectionState, ConnectionStatus } from './connection-state.ts'
export { CredentialKeeper, type Credentials, type CredentialSource } from './credentials.ts'
export { browserEnvironment, type Environment, type EnvironmentChange } from './environment.ts'
export { FeedStore } from './feeds.ts'
export { nextFrame, type ScheduleFrame } from './frame.ts'
export type { Freshness, Live } from './freshness.ts'
export { LedgerStream, type LedgerListener } from './ledger.ts'
export { CURSOR_KEY, type Cursor } from './ledger-cursor.ts'
export type { Release } from './listeners.ts'
export type {
  AccountId,
  ClientOrderId,
  ExecutionId,
  LocalTime,
  Money,
  OrderId,
  Percent,
  Price,
  Quantity,
  Seq,
  ServerTime,
  TickerSymbol,
} from './nominal.ts'
export { isOver, OrderStore, type OrdersSnapshot } from './orders.ts'
export { PortfolioStore } from './portfolio.ts'
export { ApiError } from './problem.ts'
export { QuoteStore } from './quotes.ts'
export type { SocketLike, SocketOptions } from './socket.ts'
export { memoryStorage, type KeyValueStorage } from './storage.ts'
export { TradeStore, type TradesSnapshot } from './trades.ts'
export { WireError } from './wire/reader.ts'
export type { FeedStatus, Quote } from './wire/quote.ts'
export type { Portfolio, Position } from './wire/portfolio.ts'
export type {
  AccountUpdate,
  LedgerEvent,
  Order,
  OrderStatus,
  OrderType,
  OrderUpdate,
  Side,
  TimeInForce,
  TradeExecuted,
  TradeFailed,
} from './wire/ledger.ts'
