import type { Connection } from './connection.ts'
import { once, type Release } from './listeners.ts'
import type { Failure, Reply } from './wire/reply.ts'

/** The server counts subscriptions; whoever comes back within this time finds the old one still running. */
export const LINGER_MS = 10_000
/** When a refusal does not say how long to wait. */
const RETRY_MS = 5_000

export interface SubscriptionOptions {
  /** What follows `subscribe:` and `unsubscribe:`. */
  readonly stream: 'portfolio' | 'trades'
  /** Asked for before each subscribe. */
  readonly payload?: () => unknown
  readonly onAccepted?: (reply: Reply & { ok: true }) => void
  /** Returns true when it changed the payload, so that asking again at once makes sense. */
  readonly onRefused?: (error: Failure, reply: Reply) => boolean
  /** Nobody wants it any more and the server has stopped sending. */
  readonly onEnded?: () => void
}

/**
 * Keeps one stream of the server subscribed while someone retains it: after each
 * connect, after refusals, one request at a time.
 */
export class Subscription {
  readonly #connection: Connection
  readonly #options: SubscriptionOptions
  #holders = 0
  #lingering: ReturnType<typeof setTimeout> | undefined
  #retry: ReturnType<typeof setTimeout> | undefined
  #subscribed = false
  #renew = false
  #busy = false
  #live = false
  /** Counts connects, so that an answer for an old socket is told apart. */
  #link = 0

  constructor(connection: Connection, options: SubscriptionOptions) {
    this.#connection = connection
    this.#options = options
    this.#connectionChanged()
    connection.subscribe(() => this.#connectionChanged())
  }

  retain(): Release {
    this.#holders += 1
    clearTimeout(this.#lingering)
    this.#lingering = undefined
    void this.#work()
    return once(() => {
      this.#holders -= 1
      if (this.#holders > 0) return
      this.#lingering = setTimeout(() => {
        this.#lingering = undefined
        void this.#work()
      }, LINGER_MS)
    })
  }

  /** Subscribes anew, with a new payload; giving the old subscription back first keeps it within the limit. */
  renew(): void {
    this.#renew = true
    void this.#work()
  }

  /** A renewal was asked for and is not done. */
  get renewing(): boolean {
    return this.#renew || !this.#subscribed
  }

  get #wanted(): boolean {
    return this.#holders > 0 || this.#lingering !== undefined
  }

  #connectionChanged(): void {
    if (this.#connection.live === this.#live) return
    this.#live = this.#connection.live
    this.#link += 1
    this.#subscribed = false
    this.#renew = false
    clearTimeout(this.#retry)
    this.#retry = undefined
    if (this.#live) void this.#work()
  }

  async #work(): Promise<void> {
    if (this.#busy || this.#retry !== undefined) return
    this.#busy = true
    const link = this.#link
    while (link === this.#link && this.#live && this.#retry === undefined) {
      if (this.#subscribed && (this.#renew || !this.#wanted)) {
        await this.#unsubscribe(link)
      } else if (!this.#subscribed && this.#wanted) {
        await this.#subscribe(link)
      } else break
    }
    this.#busy = false
    if (link !== this.#link && this.#live) void this.#work()
  }

  async #unsubscribe(link: number): Promise<void> {
    const reply = await this.#connection.request(`unsubscribe:${this.#options.stream}`)
    if (link !== this.#link) return
    if (!reply.ok) {
      this.#tryLater(reply.error)
      return
    }
    this.#subscribed = false
    if (!this.#renew) this.#options.onEnded?.()
    this.#renew = false
  }

  #subscribe(link: number): Promise<void> {
    return new Promise((done) => {
      this.#connection.ask(`subscribe:${this.#options.stream}`, this.#options.payload?.(), (reply) => {
        if (link === this.#link) this.#answered(reply)
        done()
      })
    })
  }

  #answered(reply: Reply): void {
    if (reply.ok) {
      this.#subscribed = true
      this.#options.onAccepted?.(reply)
    } else if (this.#options.onRefused?.(reply.error, reply) !== true) {
      this.#tryLater(reply.error)
    }
  }

  #tryLater(error: Failure): void {
    this.#retry = setTimeout(() => {
      this.#retry = undefined
      void this.#work()
    }, error.retryAfterMs ?? RETRY_MS)
  }
}
