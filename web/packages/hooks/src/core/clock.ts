import { Listeners, type Release } from './listeners.ts'
import type { LocalTime, ServerTime } from './nominal.ts'

/**
 * The server's clock as seen from here. Ages are computed with it, so that a
 * device whose clock is wrong still shows them right.
 */
export class ServerClock {
  readonly #listeners = new Listeners()
  #skew = 0
  #roundTrip: number | undefined

  /** Of the last measurement, in milliseconds. */
  get roundTrip(): number | undefined {
    return this.#roundTrip
  }

  /** The server's time now, as well as it is known. */
  now(): ServerTime {
    return this.at(Date.now())
  }

  /** The server's time at a moment of ours. */
  at(local: LocalTime): ServerTime {
    return local + this.#skew
  }

  /** Takes a measurement: the server said `server` somewhere between our `sent` and `received`. */
  measure(sent: LocalTime, server: ServerTime, received: LocalTime): void {
    this.#roundTrip = received - sent
    this.#skew = server - (sent + received) / 2
    this.#listeners.call()
  }

  subscribe(notify: () => void): Release {
    return this.#listeners.add(notify)
  }
}
