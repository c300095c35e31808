import type { Connection } from './connection.ts'
import { Listeners, type Release } from './listeners.ts'
import type { LocalTime, ServerTime } from './nominal.ts'
import type { Quote } from './wire/quote.ts'

/**
 * How far a value can be trusted. `live`; `delayed`: the link has just been lost;
 * `stale`: it has been gone for a while, nobody has asked for it, or the feed has gone quiet; `halted` and
 * `closed`: the market rests; `waiting`: nothing has arrived yet.
 */
export type Freshness = 'live' | 'delayed' | 'stale' | 'halted' | 'closed' | 'waiting'

/** A value from the server with its age. Equal by identity as long as nothing that is shown changed. */
export interface Live<T> {
  readonly value: T | undefined
  /** When the value was true, by the server. */
  readonly asOf: ServerTime | undefined
  readonly receivedAt: LocalTime | undefined
  /** Milliseconds, in whole seconds, so that a young value does not render again and again. */
  readonly age: number | undefined
  readonly state: Freshness
}

export const nothingYet: Live<never> = {
  value: undefined,
  asOf: undefined,
  receivedAt: undefined,
  age: undefined,
  state: 'waiting',
}

/** A link that is gone this long makes what it brought stale. */
const STALE_AFTER_MS = 10_000
const TICK_MS = 1_000

/** Ages values: one timer for all stores, running only while someone looks. */
export class Ager {
  readonly #connection: Connection
  readonly #listeners = new Listeners()
  #timer: ReturnType<typeof setInterval> | undefined
  #live = false
  #liveSince: LocalTime = 0
  #lostAt: LocalTime | undefined

  constructor(connection: Connection) {
    this.#connection = connection
    connection.subscribe(() => {
      if (connection.live === this.#live) return
      this.#live = connection.live
      if (this.#live) this.#liveSince = Date.now()
      else this.#lostAt = Date.now()
      this.#listeners.call()
    })
  }

  /** Calls once a second, and when the link is lost or back. */
  subscribe(notify: () => void): Release {
    const remove = this.#listeners.add(notify)
    this.#timer ??= setInterval(() => this.#listeners.call(), TICK_MS)
    return () => {
      remove()
      if (this.#listeners.size > 0) return
      clearInterval(this.#timer)
      this.#timer = undefined
    }
  }

  /**
   * Brings `live` up to date, and returns the same object when nothing that is
   * shown changed. `endedAt`: since then nothing newer was asked for.
   */
  refresh<T>(live: Live<T>, sourceState: Quote['state'] = 'live', endedAt?: LocalTime): Live<T> {
    if (live.asOf === undefined) return live
    const age = Math.max(0, Math.floor((this.#connection.clock.now() - live.asOf) / 1000) * 1000)
    const state =
      sourceState === 'live' ? this.#judge(endedAt ?? this.#linkLost(live.receivedAt)) : sourceState
    return age === live.age && state === live.state ? live : { ...live, age, state }
  }

  /** When the link was lost that brought a value; a new link vouches only for what it brings itself. */
  #linkLost(receivedAt: LocalTime = 0): LocalTime | undefined {
    return this.#live && receivedAt >= this.#liveSince ? undefined : this.#lostAt
  }

  #judge(lostAt: LocalTime | undefined): Freshness {
    if (lostAt === undefined) return 'live'
    return Date.now() - lostAt < STALE_AFTER_MS ? 'delayed' : 'stale'
  }
}
