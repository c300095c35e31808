import type { Environment, EnvironmentChange } from '../src/core/index.ts'
import { Listeners } from '../src/core/listeners.ts'

/** A device whose network and visibility belong to the test. */
export class FakeEnvironment implements Environment {
  readonly #listeners = new Listeners<[EnvironmentChange]>()
  #online = true
  #visible = true

  online(): boolean {
    return this.#online
  }

  visible(): boolean {
    return this.#visible
  }

  subscribe(notify: (change: EnvironmentChange) => void) {
    return this.#listeners.add(notify)
  }

  get listeners(): number {
    return this.#listeners.size
  }

  change(change: EnvironmentChange): void {
    if (change === 'online' || change === 'offline') this.#online = change === 'online'
    else this.#visible = change === 'wake'
    this.#listeners.call(change)
  }
}
