/** Ends what `subscribe` or `retain` began. A second call does nothing. */
export type Release = () => void

/** A set of listeners. One that is added or removed during a call takes part from the next one on. */
export class Listeners<Args extends readonly unknown[] = []> {
  readonly #listeners = new Set<{ readonly call: (...args: Args) => void }>()

  get size(): number {
    return this.#listeners.size
  }

  add(call: (...args: Args) => void): Release {
    const listener = { call } // the same function may be added twice
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  call(...args: Args): void {
    for (const listener of Array.from(this.#listeners)) listener.call(...args)
  }
}

/** Wraps a release so that it counts once. */
export function once(release: Release): Release {
  let done = false
  return () => {
    if (done) return
    done = true
    release()
  }
}
