import type { Connection } from './connection.ts'
import { CursorKeeper, type Cursor } from './ledger-cursor.ts'
import { Listeners, once, type Release } from './listeners.ts'
import type { KeyValueStorage } from './storage.ts'
import { Subscription } from './subscription.ts'
import { parseLedgerEvent, type LedgerEvent } from './wire/ledger.ts'
import { parseCursorRefusal, parseTradesReply, type Failure, type Reply } from './wire/reply.ts'

export interface LedgerListener {
  /** Entries in the order of the ledger, each once. `replayed`: it happened while we were away. */
  readonly onEvent?: (event: LedgerEvent, replayed: boolean) => void
  /** Entries may have been missed: load over REST what you show. */
  readonly onReload?: () => void
}

/**
 * The account's ledger as it grows. It remembers the highest seq it has handled:
 * what is not above it is a repeat and dropped, what leaves numbers out is a gap
 * and asked for again.
 */
export class LedgerStream {
  readonly #connection: Connection
  readonly #cursor: CursorKeeper
  readonly #subscription: Subscription
  readonly #events = new Listeners<[LedgerEvent, boolean]>()
  readonly #reloads = new Listeners()
  /** Entries up to here come from the replay of this subscription. */
  #replayedUpTo = 0
  /** The cursor at which a gap was asked to be filled. */
  #gapAfter: Cursor | undefined

  constructor(connection: Connection, storage: KeyValueStorage) {
    this.#connection = connection
    this.#cursor = new CursorKeeper(storage)
    this.#subscription = new Subscription(connection, {
      stream: 'trades',
      payload: () => this.#payload(),
      onAccepted: (reply) => this.#accepted(reply),
      onRefused: (error, reply) => this.#refused(error, reply),
    })
    connection.onMessage((event, payload) => this.#received(event, payload))
  }

  /** The newest entry that was handled. */
  get cursor(): Cursor | undefined {
    return this.#cursor.current
  }

  /** Keeps the ledger coming and hands it over. */
  listen({ onEvent, onReload }: LedgerListener): Release {
    const releases = [this.#subscription.retain()]
    if (onEvent) releases.push(this.#events.add(onEvent))
    if (onReload) releases.push(this.#reloads.add(onReload))
    return once(() => {
      for (const release of releases) release()
    })
  }

  #payload(): unknown {
    const cursor = this.#cursor.current
    return cursor && { after: cursor.seq, account: cursor.account }
  }

  #accepted(reply: Reply): void {
    try {
      const { account, seq, replayed, truncated } = parseTradesReply(reply.raw, 'subscribe:trades')
      const known = this.#cursor.current
      const start = { account, seq: seq - replayed }
      const unbroken = known?.account === account && known.seq === start.seq && truncated !== true
      this.#replayedUpTo = seq
      this.#cursor.set(start)
      if (!unbroken) this.#reloads.call()
    } catch (error) {
      this.#connection.protocolError(error)
    }
  }

  /** A cursor that the server does not know: another account by now, or another store. */
  #refused(error: Failure, reply: Reply): boolean {
    if (error.code !== 'cursor_unknown') return false
    try {
      this.#cursor.set(readHead(reply.raw))
      this.#reloads.call()
      return true
    } catch (failure) {
      this.#connection.protocolError(failure)
      return false
    }
  }

  #received(event: string, payload: unknown): void {
    let entry: LedgerEvent | undefined
    try {
      entry = parseLedgerEvent(event, payload)
    } catch (error) {
      this.#connection.protocolError(error) // the next entry will show the gap
      return
    }
    if (entry === undefined) return
    const { account, seq } = entry.data
    if (!this.#admit({ account, seq })) return
    this.#cursor.set({ account, seq })
    this.#events.call(entry, seq <= this.#replayedUpTo)
  }

  /** Decides whether an entry is the next one. */
  #admit({ account, seq }: Cursor): boolean {
    const cursor = this.#cursor.current
    if (cursor === undefined) return true
    if (account !== cursor.account) {
      this.#replayedUpTo = 0
      this.#reloads.call() // the user has another account from here on
      return true
    }
    if (seq <= cursor.seq) return false
    if (seq === cursor.seq + 1) return true
    if (
      this.#gapAfter?.account === account &&
      this.#gapAfter.seq === cursor.seq &&
      !this.#subscription.renewing
    ) {
      this.#reloads.call() // asked already, and the server has nothing in between
      return true
    }
    if (this.#gapAfter?.seq !== cursor.seq) {
      this.#gapAfter = cursor
      this.#subscription.renew()
    }
    return false
  }
}

/** Where the ledger stands is told beside the code. */
function readHead(raw: unknown): Cursor {
  return parseCursorRefusal(raw, 'cursor_unknown').error
}
