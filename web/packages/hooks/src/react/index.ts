/** Live portfolio, trades and quotes from a Tradewind server as React hooks. */
export * from '../core/index.ts'
export { TradewindProvider, useTradewind, type TradewindProviderProps } from './provider.tsx'
export {
  useConnection,
  useFeeds,
  useRoundTrip,
  useWebSocket,
  type ConnectionInfo,
  type WebSocketHandle,
} from './use-connection.ts'
export {
  useOrders,
  useTradeNotifications,
  useTrades,
  type OrdersWithActions,
  type TradeNotification,
} from './use-ledger.ts'
export { usePortfolio } from './use-portfolio.ts'
export { useQuote, useQuoteRejection, useTrail, useWatchlist } from './use-quotes.ts'
