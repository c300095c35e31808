import type { Connection } from './connection.ts'
import type { Environment } from './environment.ts'
import type { Release } from './listeners.ts'
import type { LocalTime, TickerSymbol } from './nominal.ts'
import { TokenBucket } from './token-bucket.ts'
import { MAX_SYMBOLS, WatchUnion } from './watch-union.ts'
import { parseWatchlistReply, type Reply } from './wire/reply.ts'

/** What is asked for together goes in one request. */
const GROW_AFTER_MS = 20
/** What is not needed any more can wait: the next page may want it again. */
const SHRINK_AFTER_MS = 10_000
/** Who looks away for a moment costs no request. */
const HIDE_AFTER_MS = 5_000
/** How often quotes come while nobody looks. */
const HIDDEN_INTERVAL_MS = 5_000
const RETRY_MS = 5_000
/** The server's limit on subscribe:watchlist. */
const REQUESTS_PER_MINUTE = 10
const TOO_MANY = `More than ${MAX_SYMBOLS} symbols are watched at once`

/** What the server is asked for. */
interface Wish {
  readonly symbols: readonly TickerSymbol[]
  /** 0: as fast as they come. */
  readonly intervalMs: number
}

const NOTHING: Wish = { symbols: [], intervalMs: 0 }

/** Hears how the server's list changes. */
export interface WatchlistEvents {
  /** Why a symbol is not sent has changed. */
  readonly onRejection: (symbol: TickerSymbol) => void
  /** The server has stopped sending a symbol, because nobody watches it. */
  readonly onEnded: (symbol: TickerSymbol) => void
}

/**
 * The one list that the server keeps for this socket: what all components
 * together watch, asked for as seldom as its limit wants, and slowly while
 * nobody looks.
 */
export class Watchlist {
  readonly #connection: Connection
  readonly #environment: Environment
  readonly #events: WatchlistEvents
  readonly #rejected = new Map<TickerSymbol, string>()
  readonly #union = new WatchUnion((change) =>
    this.#plan(change === 'grown' ? GROW_AFTER_MS : SHRINK_AFTER_MS),
  )
  readonly #bucket = new TokenBucket(REQUESTS_PER_MINUTE, 60_000)

  #plannedFor: LocalTime | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  /** What the server has accepted. */
  #sent = NOTHING
  /** What it has been asked for and has not answered. */
  #asked: Wish | undefined
  #hidden = false
  #wasLive = false
  #stopLooking: Release | undefined

  constructor(connection: Connection, environment: Environment, events: WatchlistEvents) {
    this.#connection = connection
    this.#environment = environment
    this.#events = events
    connection.subscribe(() => this.#connectionChanged())
  }

  watch(symbols: readonly TickerSymbol[]): Release {
    return this.#union.add(symbols)
  }

  /** Somebody watches it. */
  has(symbol: TickerSymbol): boolean {
    return this.#union.has(symbol)
  }

  /** The server sends it, or is about to. */
  sends(symbol: TickerSymbol): boolean {
    return (this.#asked ?? this.#sent).symbols.includes(symbol)
  }

  rejection(symbol: TickerSymbol): string | undefined {
    return this.#rejected.get(symbol)
  }

  forget(symbol: TickerSymbol): void {
    this.#rejected.delete(symbol)
  }

  get #wish(): Wish {
    return { symbols: this.#union.wanted, intervalMs: this.#hidden ? HIDDEN_INTERVAL_MS : 0 }
  }

  #connectionChanged(): void {
    const { live } = this.#connection
    if (live === this.#wasLive) return
    this.#wasLive = live
    clearTimeout(this.#timer)
    this.#plannedFor = undefined
    this.#sent = NOTHING // a new socket watches nothing and has fresh limits
    this.#asked = undefined
    this.#bucket.reset()
    this.#stopLooking?.()
    this.#stopLooking = undefined
    if (!live) return
    this.#hidden = this.#environment.visible?.() === false
    this.#stopLooking = this.#environment.subscribe((change) => {
      if (change === 'hidden' || change === 'wake') this.#look(change === 'hidden')
    })
    this.#ask()
  }

  #look(hidden: boolean): void {
    if (hidden === this.#hidden) return
    this.#hidden = hidden
    this.#plan(hidden ? HIDE_AFTER_MS : 0)
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
    const wish = this.#wish
    for (const symbol of this.#union.unwanted) this.#reject(symbol, TOO_MANY)
    if (!this.#connection.live || this.#asked !== undefined || isSame(wish, this.#sent)) return
    const wait = this.#bucket.take(Date.now())
    if (wait > 0) {
      this.#plan(wait)
      return
    }
    this.#asked = wish
    const payload = wish.intervalMs === 0 ? wish.symbols : wish
    this.#connection.ask('subscribe:watchlist', payload, (reply) => {
      if (this.#asked !== wish) return // for a socket that is gone
      this.#asked = undefined
      this.#answered(wish, reply)
    })
  }

  #answered(wish: Wish, reply: Reply): void {
    if (!reply.ok) {
      this.#plan(reply.error.retryAfterMs ?? RETRY_MS)
      return
    }
    const before = this.#sent
    this.#sent = wish
    for (const symbol of before.symbols) if (!this.sends(symbol)) this.#events.onEnded(symbol)
    try {
      const { rejected = [] } = parseWatchlistReply(reply.raw, 'subscribe:watchlist')
      const reasons = new Map(rejected.map(({ symbol, message }) => [symbol, message]))
      for (const symbol of wish.symbols) this.#reject(symbol, reasons.get(symbol))
    } catch (error) {
      this.#connection.protocolError(error)
    }
    if (!isSame(this.#wish, wish)) this.#plan(GROW_AFTER_MS)
  }

  #reject(symbol: TickerSymbol, message: string | undefined): void {
    if (this.#rejected.get(symbol) === message) return
    if (message === undefined) this.#rejected.delete(symbol)
    else this.#rejected.set(symbol, message)
    this.#events.onRejection(symbol)
  }
}

function isSame(a: Wish, b: Wish): boolean {
  return (
    a.symbols.length === b.symbols.length &&
    a.symbols.every((symbol) => b.symbols.includes(symbol)) &&
    (a.intervalMs === b.intervalMs || a.symbols.length === 0)
  )
}
