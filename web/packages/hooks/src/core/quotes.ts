import type { Connection } from './connection.ts'
import type { FrameQueue } from './frame.ts'
import { nothingYet, type Ager, type Live } from './freshness.ts'
import { Listeners, type Release } from './listeners.ts'
import type { LocalTime, Price, TickerSymbol } from './nominal.ts'
import { TokenBucket } from './token-bucket.ts'
import { MAX_SYMBOLS, WatchUnion } from './watch-union.ts'
import { parseQuote, type Quote } from './wire/quote.ts'
import { parseWatchlistReply, type Reply } from './wire/reply.ts'

/** What is asked for together goes in one request. */
const GROW_AFTER_MS = 20
/** What is not needed any more can wait: the next page may want it again. */
const SHRINK_AFTER_MS = 10_000
const RETRY_MS = 5_000
/** The server's limit on subscribe:watchlist. */
const REQUESTS_PER_MINUTE = 10
/** Points of the small line beside a price, and how far apart. */
const TRAIL_POINTS = 60
const TRAIL_INTERVAL_MS = 1_000

interface Entry {
  live: Live<Quote>
  /** Arrived and not yet flushed. */
  pending: { readonly quote: Quote; readonly receivedAt: LocalTime } | undefined
  readonly trail: Price[]
  trailAt: LocalTime
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
  readonly #rejected = new Map<TickerSymbol, string>()
  readonly #dirty = new Set<Entry>()
  readonly #union = new WatchUnion((change) =>
    this.#plan(change === 'grown' ? GROW_AFTER_MS : SHRINK_AFTER_MS),
  )
  readonly #bucket = new TokenBucket(REQUESTS_PER_MINUTE, 60_000)
  readonly #flush = () => this.#flushDirty()

  #plannedFor: LocalTime | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #sent: readonly TickerSymbol[] = []
  #asking = false
  #wasLive = false
  #stopAging: Release | undefined

  constructor(connection: Connection, frames: FrameQueue, ager: Ager) {
    this.#connection = connection
    this.#frames = frames
    this.#ager = ager
    connection.onMessage((event, payload) => {
      if (event === 'quote:update') this.#received(payload)
    })
    connection.subscribe(() => this.#connectionChanged())
  }

  /** Keeps these symbols coming. */
  watch(symbols: readonly string[]): Release {
    return this.#union.add(symbols.map(normalize))
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

  latest(symbol: string): Live<Quote> {
    return this.#entries.get(normalize(symbol))?.live ?? nothingYet
  }

  /** The last minute of prices, a second apart, oldest first. */
  trail(symbol: string): readonly Price[] {
    return this.#entries.get(normalize(symbol))?.trail ?? []
  }

  /** Why the server does not send a symbol, undefined when it does. */
  rejection(symbol: string): string | undefined {
    return this.#rejected.get(normalize(symbol))
  }

  #entry(symbol: TickerSymbol): Entry {
    let entry = this.#entries.get(symbol)
    if (entry === undefined) {
      entry = { live: nothingYet, pending: undefined, trail: [], trailAt: 0, listeners: new Listeners() }
      this.#entries.set(symbol, entry)
      this.#forgetUnused()
    }
    return entry
  }

  /** The last values of what was watched are kept for a return to the page, but not without end. */
  #forgetUnused(): void {
    if (this.#entries.size <= 4 * MAX_SYMBOLS) return
    for (const [symbol, entry] of this.#entries) {
      if (entry.listeners.size > 0 || this.#union.has(symbol)) continue
      this.#entries.delete(symbol)
      this.#rejected.delete(symbol)
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
      const fresh: Live<Quote> = {
        value: quote,
        asOf: quote.timestamp,
        receivedAt,
        age: 0,
        state: quote.state,
      }
      entry.live = this.#ager.refresh(fresh, quote.state)
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
      const aged = this.#ager.refresh(entry.live, entry.live.value?.state)
      if (aged === entry.live) continue
      entry.live = aged
      entry.listeners.call()
    }
  }

  #connectionChanged(): void {
    const { live } = this.#connection
    if (live === this.#wasLive) return
    this.#wasLive = live
    clearTimeout(this.#timer)
    this.#plannedFor = undefined
    this.#sent = [] // a new socket watches nothing and has fresh limits
    this.#asking = false
    this.#bucket.reset()
    if (live) this.#ask()
  }

  #plan(milliseconds: number): void {
    const at = Date.now() + milliseconds
    if (this.#plannedFor !== undefined && this.#plannedFor <= at) return
    clearTimeout(this.#timer)
    this.#plannedFor = at
    this.#timer = setTimeout(() => {
      this.#plannedFor = undefined
      this.#ask()
    }, milliseconds)
  }

  #ask(): void {
    const wanted = this.#union.wanted
    if (!this.#connection.live || this.#asking || sameSymbols(wanted, this.#sent)) return
    const wait = this.#bucket.take(Date.now())
    if (wait > 0) {
      this.#plan(wait)
      return
    }
    this.#asking = true
    this.#connection.ask('subscribe:watchlist', wanted, (reply) => {
      if (!this.#asking) return // for a socket that is gone
      this.#asking = false
      this.#answered(wanted, reply)
    })
  }

  #answered(wanted: readonly TickerSymbol[], reply: Reply): void {
    if (!reply.ok) {
      this.#plan(reply.error.retryAfterMs ?? RETRY_MS)
      return
    }
    this.#sent = wanted
    try {
      const { rejected = [] } = parseWatchlistReply(reply.raw, 'subscribe:watchlist')
      for (const symbol of wanted) this.#reject(symbol, undefined)
      for (const { symbol, message } of rejected) this.#reject(symbol, message)
    } catch (error) {
      this.#connection.protocolError(error)
    }
    if (!sameSymbols(this.#union.wanted, wanted)) this.#plan(GROW_AFTER_MS)
  }

  #reject(symbol: TickerSymbol, message: string | undefined): void {
    if (this.#rejected.get(symbol) === message) return
    if (message === undefined) this.#rejected.delete(symbol)
    else this.#rejected.set(symbol, message)
    this.#entries.get(symbol)?.listeners.call()
  }
}

const normalize = (symbol: string): TickerSymbol => symbol.trim().toUpperCase()

function sameSymbols(a: readonly TickerSymbol[], b: readonly TickerSymbol[]): boolean {
  return a.length === b.length && a.every((symbol) => b.includes(symbol))
}
