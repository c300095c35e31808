import type { Api } from './api.ts'
import type { FrameQueue } from './frame.ts'
import type { LedgerStream } from './ledger.ts'
import { LedgerView } from './ledger-view.ts'
import type { Release } from './listeners.ts'
import type { OrderId } from './nominal.ts'
import type { LedgerEvent, Order, OrderStatus } from './wire/ledger.ts'

/** Orders, newest first. */
export interface OrdersSnapshot {
  readonly orders: readonly Order[]
  /** Those whose life is not over. */
  readonly open: readonly Order[]
  readonly loading: boolean
  readonly error: Error | undefined
}

const OVER: ReadonlySet<OrderStatus> = new Set(['filled', 'canceled', 'rejected', 'expired', 'replaced'])
/** Orders that are over and still listed. */
const MAX_OVER = 200

export const isOver = (order: Order): boolean => OVER.has(order.status)

/** The account's orders: loaded once, then kept right by the ledger. */
export class OrderStore {
  readonly #view: LedgerView<OrdersSnapshot>
  readonly #orders = new Map<OrderId, Order>()

  constructor(api: Api, ledger: LedgerStream, frames: FrameQueue) {
    this.#view = new LedgerView(ledger, frames, {
      load: async (current) => {
        const orders = await api.orders()
        if (!current()) return
        this.#orders.clear()
        for (const order of orders) this.#keep(order)
      },
      apply: (event) => this.#apply(event),
      snapshot: (loading, error) => this.#snapshot(loading, error),
    })
  }

  latest(): OrdersSnapshot {
    return this.#view.latest()
  }

  subscribe(notify: () => void): Release {
    return this.#view.subscribe(notify)
  }

  /** Takes what REST answered, which may be ahead of the ledger. */
  keep(order: Order): void {
    if (this.#keep(order)) this.#view.changed()
  }

  #apply(event: LedgerEvent): boolean {
    const order = event.event === 'account:update' ? undefined : event.data.order
    return order !== undefined && this.#keep(order)
  }

  #keep(order: Order): boolean {
    const known = this.#orders.get(order.id)
    if (known !== undefined && !isNewer(order, known)) return false
    this.#orders.set(order.id, order)
    return true
  }

  #snapshot(loading: boolean, error: Error | undefined): OrdersSnapshot {
    const orders = [...this.#orders.values()].sort(
      (a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1),
    )
    for (const dropped of orders.filter(isOver).slice(MAX_OVER)) this.#orders.delete(dropped.id)
    const kept = orders.filter(({ id }) => this.#orders.has(id))
    return { orders: kept, open: kept.filter((order) => !isOver(order)), loading, error }
  }
}

/** REST and ledger overtake each other; the order itself tells which of two pictures is the later one. */
function isNewer(order: Order, known: Order): boolean {
  if (isOver(known) !== isOver(order)) return isOver(order)
  if (order.filledQuantity !== known.filledQuantity) return order.filledQuantity > known.filledQuantity
  return order.updatedAt >= known.updatedAt
}
