import { Listeners, type Release } from './listeners.ts'
import type { LocalTime, ServerTime } from './nominal.ts'

/** What one question told: the server's clock is ahead of ours by something between the two. */
interface Measurement {
  readonly lowest: number
  readonly highest: number
  readonly at: LocalTime
}

/** Clocks drift; an old measurement gives way to any newer one. */
const TRUSTED_MS = 10 * 60_000

/**
 * The server's clock as seen from here. Ages are computed with it, so that a
 * device whose clock is wrong still shows them right. The quickest answer counts:
 * a slow one says less, because nobody knows on which of its ways it was slow.
 */
export class ServerClock {
  readonly #listeners = new Listeners()
  #best: Measurement | undefined
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
    const { lowest, highest } = this.#best ?? { lowest: 0, highest: 0 }
    return local + (lowest + highest) / 2
  }

  /** Takes a measurement: the server said `server` somewhere between our `sent` and `received`. */
  measure(sent: LocalTime, server: ServerTime, received: LocalTime): void {
    if (received < sent) return // our clock was set meanwhile
    this.#roundTrip = received - sent
    const fresh = { lowest: server - received, highest: server - sent, at: received }
    if (this.#best === undefined || replaces(fresh, this.#best)) this.#best = fresh
    this.#listeners.call()
  }

  subscribe(notify: () => void): Release {
    return this.#listeners.add(notify)
  }
}

function replaces(fresh: Measurement, best: Measurement): boolean {
  if (fresh.highest - fresh.lowest <= best.highest - best.lowest) return true
  const contradict = fresh.lowest > best.highest || fresh.highest < best.lowest // one of the clocks was set
  return contradict || fresh.at - best.at > TRUSTED_MS
}
