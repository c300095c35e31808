import { once, type Release } from './listeners.ts'
import type { TickerSymbol } from './nominal.ts'

/** The server refuses a longer list. */
export const MAX_SYMBOLS = 100

/** Which symbols anybody wants, counted, in the order in which they were first wanted. */
export class WatchUnion {
  readonly #counts = new Map<TickerSymbol, number>()
  readonly #changed: (change: 'grown' | 'shrunk') => void

  constructor(changed: (change: 'grown' | 'shrunk') => void) {
    this.#changed = changed
  }

  add(symbols: readonly TickerSymbol[]): Release {
    let grown = false
    for (const symbol of symbols) {
      const count = this.#counts.get(symbol) ?? 0
      this.#counts.set(symbol, count + 1)
      grown ||= count === 0
    }
    if (grown) this.#changed('grown')
    return once(() => this.#remove(symbols))
  }

  has(symbol: TickerSymbol): boolean {
    return this.#counts.has(symbol)
  }

  /** What to ask the server for: the first of them, as many as it takes. */
  get wanted(): readonly TickerSymbol[] {
    return [...this.#counts.keys()].slice(0, MAX_SYMBOLS)
  }

  /** What did not fit into that. */
  get unwanted(): readonly TickerSymbol[] {
    return [...this.#counts.keys()].slice(MAX_SYMBOLS)
  }

  #remove(symbols: readonly TickerSymbol[]): void {
    let shrunk = false
    for (const symbol of symbols) {
      const count = this.#counts.get(symbol) ?? 0
      if (count > 1) {
        this.#counts.set(symbol, count - 1)
      } else {
        this.#counts.delete(symbol)
        shrunk = true
      }
    }
    if (shrunk) this.#changed('shrunk')
  }
}
