import type { FrameQueue } from './frame.ts'
import type { LedgerStream } from './ledger.ts'
import { Listeners, once, type Release } from './listeners.ts'
import type { LedgerEvent } from './wire/ledger.ts'

export interface LedgerViewOptions<Snapshot> {
  /** Loads everything over REST. After waiting it keeps the result only if `current()` still says yes. */
  readonly load: (current: () => boolean) => Promise<void>
  /** Takes one entry; true if something changed. */
  readonly apply: (event: LedgerEvent) => boolean
  readonly snapshot: (loading: boolean, error: Error | undefined) => Snapshot
}

/**
 * A list that is loaded over REST and then follows the ledger. It loads again
 * when entries may have been missed. Entries that arrive while it loads are
 * applied on top of what was loaded.
 */
export class LedgerView<Snapshot> {
  readonly #ledger: LedgerStream
  readonly #frames: FrameQueue
  readonly #options: LedgerViewOptions<Snapshot>
  readonly #listeners = new Listeners()
  readonly #flush = () => this.#publish()
  #following: Release | undefined
  #loads = 0
  #loading = true
  #error: Error | undefined
  #meanwhile: LedgerEvent[] = []
  #latest: Snapshot

  constructor(ledger: LedgerStream, frames: FrameQueue, options: LedgerViewOptions<Snapshot>) {
    this.#ledger = ledger
    this.#frames = frames
    this.#options = options
    this.#latest = options.snapshot(true, undefined)
  }

  latest(): Snapshot {
    return this.#latest
  }

  subscribe(notify: () => void): Release {
    const remove = this.#listeners.add(notify)
    if (this.#following === undefined) {
      this.#following = this.#ledger.listen({
        onEvent: (event) => this.#apply(event),
        onReload: () => void this.#load(),
      })
      void this.#load()
    }
    return once(() => {
      remove()
      if (this.#listeners.size > 0) return
      this.#following?.()
      this.#following = undefined
      this.#loads += 1 // what is under way is for nobody
    })
  }

  /** The owner changed what the snapshot is made of. */
  changed(): void {
    this.#frames.request(this.#flush)
  }

  #apply(event: LedgerEvent): void {
    if (this.#loading) this.#meanwhile.push(event)
    if (this.#options.apply(event)) this.changed()
  }

  async #load(): Promise<void> {
    this.#loads += 1
    const load = this.#loads
    this.#loading = true
    this.#meanwhile = []
    try {
      await this.#options.load(() => load === this.#loads)
      this.#error = undefined
    } catch (error) {
      this.#error = error instanceof Error ? error : new Error(String(error))
    }
    if (load !== this.#loads) return
    this.#loading = false
    for (const event of this.#meanwhile) this.#options.apply(event)
    this.#meanwhile = []
    this.changed()
  }

  #publish(): void {
    this.#latest = this.#options.snapshot(this.#loading, this.#error)
    this.#listeners.call()
  }
}
