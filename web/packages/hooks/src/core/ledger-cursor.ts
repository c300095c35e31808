import type { AccountId, Seq } from './nominal.ts'
import type { KeyValueStorage } from './storage.ts'
import { parseLedgerHead } from './wire/reply.ts'

/** The newest entry that was handled. */
export interface Cursor {
  readonly account: AccountId
  readonly seq: Seq
}

/** The only thing that is stored. */
export const CURSOR_KEY = 'tradewind.cursor'

/** Keeps the cursor over a reload of the page, so that what happened meanwhile is replayed. */
export class CursorKeeper {
  readonly #storage: KeyValueStorage
  #cursor: Cursor | undefined

  constructor(storage: KeyValueStorage) {
    this.#storage = storage
    this.#cursor = read(storage)
  }

  get current(): Cursor | undefined {
    return this.#cursor
  }

  set(cursor: Cursor): void {
    this.#cursor = cursor
    try {
      this.#storage.setItem(CURSOR_KEY, JSON.stringify(cursor))
    } catch {
      // A full or forbidden storage costs the replay after a reload, nothing else.
    }
  }
}

function read(storage: KeyValueStorage): Cursor | undefined {
  try {
    const kept = storage.getItem(CURSOR_KEY)
    return kept === null ? undefined : parseLedgerHead(JSON.parse(kept), CURSOR_KEY)
  } catch {
    return undefined
  }
}
