import type { Connection } from './connection.ts'
import type { FrameQueue } from './frame.ts'
import { nothingYet, type Ager, type Live } from './freshness.ts'
import { Listeners, once, type Release } from './listeners.ts'
import type { LocalTime } from './nominal.ts'
import { Subscription } from './subscription.ts'
import { parsePortfolio, type Portfolio } from './wire/portfolio.ts'

/** The portfolio at current prices, kept coming while someone listens. */
export class PortfolioStore {
  readonly #connection: Connection
  readonly #frames: FrameQueue
  readonly #ager: Ager
  readonly #subscription: Subscription
  readonly #listeners = new Listeners()
  readonly #flush = () => this.#flushPending()
  #live: Live<Portfolio> = nothingYet
  #pending: Portfolio | undefined
  #receivedAt: LocalTime = 0
  #endedAt: LocalTime | undefined

  constructor(connection: Connection, frames: FrameQueue, ager: Ager) {
    this.#connection = connection
    this.#frames = frames
    this.#ager = ager
    this.#subscription = new Subscription(connection, {
      stream: 'portfolio',
      onEnded: () => {
        this.#endedAt = Date.now()
      },
    })
    connection.onMessage((event, payload) => {
      if (event === 'portfolio:update') this.#received(payload)
    })
  }

  /** What is known, also after a while in which nobody listened: with the age it has now. */
  latest(): Live<Portfolio> {
    if (this.#listeners.size === 0) this.#live = this.#refresh(this.#live)
    return this.#live
  }

  subscribe(notify: () => void): Release {
    const releases = [
      this.#listeners.add(notify),
      this.#subscription.retain(),
      this.#ager.subscribe(() => this.#publish(this.#refresh(this.#live))),
    ]
    return once(() => {
      for (const release of releases) release()
    })
  }

  #received(payload: unknown): void {
    try {
      this.#pending = parsePortfolio(payload, 'portfolio:update')
    } catch (error) {
      this.#connection.protocolError(error)
      return
    }
    this.#receivedAt = Date.now()
    this.#frames.request(this.#flush)
  }

  #flushPending(): void {
    const value = this.#pending
    if (value === undefined) return
    this.#pending = undefined
    const fresh = { value, asOf: value.asOf, receivedAt: this.#receivedAt, age: 0, state: 'live' } as const
    this.#endedAt = undefined
    this.#publish(this.#refresh(fresh))
  }

  #refresh(live: Live<Portfolio>): Live<Portfolio> {
    return this.#ager.refresh(live, 'live', this.#endedAt)
  }

  #publish(live: Live<Portfolio>): void {
    if (live === this.#live) return
    this.#live = live
    this.#listeners.call()
  }
}
