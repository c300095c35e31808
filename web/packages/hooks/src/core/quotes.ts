import type { Connection } from './connection.ts'
import type { Environment } from './environment.ts'
import type { FrameQueue } from './frame.ts'
import { nothingYet, type Ager, type Live } from './freshness.ts'
import { Listeners, type Release } from './listeners.ts'
import type { LocalTime, Price, TickerSymbol } from './nominal.ts'
import { MAX_SYMBOLS } from './watch-union.ts'
import { Watchlist } from './watchlist.ts'
import { parseQuote, type Quote } from './wire/quote.ts'

/** Points of the small line beside a price, and how far apart. */
const TRAIL_POINTS = 60
const TRAIL_INTERVAL_MS = 1_000

interface Entry {
  live: Live<Quote>
  /** Arrived and not yet flushed. */
  pending: { readonly quote: Quote; readonly receivedAt: LocalTime } | undefined
  readonly trail: Price[]
  trailAt: LocalTime
  /** Since when the server does not send it any more. */
  endedAt: LocalTime | undefined
  readonly listeners: Listeners
}

/**
 * The newest quote of every symbol that someone watches. What several components
 * watch is one list for the server. Quotes that arrive are merged and handed to
 * their listeners once per frame; a symbol nobody watches keeps its last quote.
 */
export class QuoteStore {
  readonly #connection: Connection
  readonly #frames: FrameQueue
  readonly #ager: Ager
  readonly #entries = new Map<TickerSymbol, Entry>()
  readonly #dirty = new Set<Entry>()
  readonly #watchlist: Watchlist
  readonly #flush = () => this.#flushDirty()
  #stopAging: Release | undefined

  constructor(connection: Connection, environment: Environment, frames: FrameQueue, ager: Ager) {
    this.#connection = connection
    this.#frames = frames
    this.#ager = ager
    connection.onMessage((event, payload) => {
      if (event === 'quote:update') this.#received(payload)
    })
    this.#watchlist = new Watchlist(connection, environment, {
      onRejection: (symbol) => this.#entries.get(symbol)?.listeners.call(),
      onEnded: (symbol) => this.#ended(symbol),
    })
  }

  /** Keeps these symbols coming. */
  watch(symbols: readonly string[]): Release {
    return this.#watchlist.watch(symbols.map(normalize))
  }

  /** Calls when the quote of a symbol, its age or its state changed. It does not watch the symbol. */
  subscribe(symbol: string, notify: () => void): Release {
    const { listeners } = this.#entry(normalize(symbol))
    const remove = listeners.add(notify)
    this.#stopAging ??= this.#ager.subscribe(() => this.#age())
    return () => {
      remove()
      if ([...this.#entries.values()].some((entry) => entry.listeners.size > 0)) return
      this.#stopAging?.()
      this.#stopAging = undefined
    }
  }

  /** What is known, also of a symbol that nobody has listened to for a while: with the age it has now. */
  latest(symbol: string): Live<Quote> {
    const entry = this.#entries.get(normalize(symbol))
    if (entry === undefined) return nothingYet
    if (entry.listeners.size === 0) entry.live = this.#refresh(entry)
    return entry.live
  }

  /** The last minute of prices, a second apart, oldest first. */
  trail(symbol: string): readonly Price[] {
    return this.#entries.get(normalize(symbol))?.trail ?? []
  }

  /** Why the server does not send a symbol, undefined when it does. */
  rejection(symbol: string): string | undefined {
    return this.#watchlist.rejection(normalize(symbol))
  }

  #entry(symbol: TickerSymbol): Entry {
    let entry = this.#entries.get(symbol)
    if (entry === undefined) {
      entry = {
        live: nothingYet,
        pending: undefined,
        trail: [],
        trailAt: 0,
        endedAt: undefined,
        listeners: new Listeners(),
      }
      this.#entries.set(symbol, entry)
      this.#forgetUnused()
    }
    return entry
  }

  /** The last values of what was watched are kept for a return to the page, but not without end. */
  #forgetUnused(): void {
    if (this.#entries.size <= 4 * MAX_SYMBOLS) return
    for (const [symbol, entry] of this.#entries) {
      if (entry.listeners.size > 0 || this.#watchlist.has(symbol)) continue
      this.#entries.delete(symbol)
      this.#watchlist.forget(symbol)
      if (this.#entries.size <= 3 * MAX_SYMBOLS) return
    }
  }

  #received(payload: unknown): void {
    let quote: Quote
    try {
      quote = parseQuote(payload, 'quote:update')
    } catch (error) {
      this.#connection.protocolError(error)
      return
    }
    const entry = this.#entry(quote.symbol)
    entry.pending = { quote, receivedAt: Date.now() }
    this.#dirty.add(entry)
    this.#frames.request(this.#flush)
  }

  #flushDirty(): void {
    const changed = [...this.#dirty]
    this.#dirty.clear()
    for (const entry of changed) {
      const { pending } = entry
      if (pending === undefined) continue
      entry.pending = undefined
      const { quote, receivedAt } = pending
      if (this.#watchlist.sends(quote.symbol)) entry.endedAt = undefined
      entry.live = { value: quote, asOf: quote.timestamp, receivedAt, age: 0, state: quote.state }
      entry.live = this.#refresh(entry)
      if (receivedAt - entry.trailAt >= TRAIL_INTERVAL_MS) {
        entry.trailAt = receivedAt
        entry.trail.push(quote.price)
        if (entry.trail.length > TRAIL_POINTS) entry.trail.shift()
      }
      entry.listeners.call()
    }
  }

  #age(): void {
    for (const entry of this.#entries.values()) {
      if (entry.listeners.size === 0) continue
      const aged = this.#refresh(entry)
      if (aged === entry.live) continue
      entry.live = aged
      entry.listeners.call()
    }
  }

  #refresh({ live, endedAt }: Entry): Live<Quote> {
    return this.#ager.refresh(live, live.value?.state, endedAt)
  }

  #ended(symbol: TickerSymbol): void {
    const entry = this.#entries.get(symbol)
    if (entry !== undefined) entry.endedAt = Date.now()
  }
}

const normalize = (symbol: string): TickerSymbol => symbol.trim().toUpperCase()
