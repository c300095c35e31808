import { useCallback, useEffect, useRef } from 'react'
import type {
  Order,
  OrderId,
  OrderRequest,
  OrdersSnapshot,
  TradeExecuted,
  TradeFailed,
  TradesSnapshot,
} from '../core/index.ts'
import { useTradewind } from './provider.tsx'
import { useSnapshot } from './use-snapshot.ts'

/** The account's fills, newest first. */
export function useTrades(): TradesSnapshot {
  return useSnapshot(useTradewind().trades)
}

export interface OrdersWithActions extends OrdersSnapshot {
  /** Rejects with ApiError. A repeat with the same clientOrderId makes no second order. */
  readonly place: (request: OrderRequest) => Promise<Order>
  readonly cancel: (id: OrderId) => Promise<void>
}

/** The account's orders, newest first, and what can be done with them. */
export function useOrders(): OrdersWithActions {
  const { api, orders } = useTradewind()
  const snapshot = useSnapshot(orders)
  const place = useCallback(
    async (request: OrderRequest) => {
      const order = await api.placeOrder(request)
      orders.keep(order)
      return order
    },
    [api, orders],
  )
  const cancel = useCallback((id: OrderId) => api.cancelOrder(id), [api])
  return { ...snapshot, place, cancel }
}

/** A fill or a refusal as it happens. */
export type TradeNotification =
  | { readonly kind: 'executed'; readonly trade: TradeExecuted; readonly replayed: boolean }
  | { readonly kind: 'failed'; readonly failure: TradeFailed; readonly replayed: boolean }

/**
 * Calls for every fill and refusal, each once and in order. `replayed`: it
 * happened while the connection was away. The handler may be inline.
 */
export function useTradeNotifications(handler: (notification: TradeNotification) => void): void {
  const { ledger } = useTradewind()
  const latest = useRef(handler)
  useEffect(() => {
    latest.current = handler
  })
  useEffect(
    () =>
      ledger.listen({
        onEvent(event, replayed) {
          if (event.event === 'trade:executed')
            latest.current({ kind: 'executed', trade: event.data, replayed })
          if (event.event === 'trade:failed')
            latest.current({ kind: 'failed', failure: event.data, replayed })
        },
      }),
    [ledger],
  )
}
