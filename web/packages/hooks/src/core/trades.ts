import type { Api } from './api.ts'
import type { FrameQueue } from './frame.ts'
import type { LedgerStream } from './ledger.ts'
import { LedgerView } from './ledger-view.ts'
import type { Release } from './listeners.ts'
import type { ExecutionId } from './nominal.ts'
import type { LedgerEvent, TradeExecuted } from './wire/ledger.ts'

/** Fills, newest first. */
export interface TradesSnapshot {
  readonly trades: readonly TradeExecuted[]
  readonly loading: boolean
  readonly error: Error | undefined
}

const MAX_TRADES = 200

/** The account's fills: loaded once, then kept right by the ledger. */
export class TradeStore {
  readonly #view: LedgerView<TradesSnapshot>
  #trades = new Map<ExecutionId, TradeExecuted>()

  constructor(api: Api, ledger: LedgerStream, frames: FrameQueue) {
    this.#view = new LedgerView(ledger, frames, {
      load: async (current) => {
        const trades = await api.trades()
        if (current()) this.#trades = new Map(trades.map((trade) => [trade.id, trade]))
      },
      apply: (event) => this.#apply(event),
      snapshot: (loading, error) => ({ trades: this.#newestFirst(), loading, error }),
    })
  }

  latest(): TradesSnapshot {
    return this.#view.latest()
  }

  subscribe(notify: () => void): Release {
    return this.#view.subscribe(notify)
  }

  #apply(event: LedgerEvent): boolean {
    if (event.event !== 'trade:executed' || this.#trades.has(event.data.id)) return false
    this.#trades.set(event.data.id, event.data)
    return true
  }

  #newestFirst(): readonly TradeExecuted[] {
    const sorted = [...this.#trades.values()].sort((a, b) => b.seq - a.seq)
    for (const dropped of sorted.slice(MAX_TRADES)) this.#trades.delete(dropped.id)
    return sorted.slice(0, MAX_TRADES)
  }
}
