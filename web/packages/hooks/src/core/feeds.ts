import type { Connection } from './connection.ts'
import { Listeners, type Release } from './listeners.ts'
import { parseFeedStatus, type FeedStatus } from './wire/quote.ts'

/** How the market feeds are doing, by source. The server tells at connect and on change. */
export class FeedStore {
  readonly #listeners = new Listeners()
  #feeds: readonly FeedStatus[] = []

  constructor(connection: Connection) {
    connection.onMessage((event, payload) => {
      if (event !== 'feed:status') return
      try {
        this.#keep(parseFeedStatus(payload, event))
      } catch (error) {
        connection.protocolError(error)
      }
    })
  }

  latest(): readonly FeedStatus[] {
    return this.#feeds
  }

  subscribe(notify: () => void): Release {
    return this.#listeners.add(notify)
  }

  #keep(status: FeedStatus): void {
    const others = this.#feeds.filter(({ source }) => source !== status.source)
    this.#feeds = [...others, status].sort((a, b) => a.source.localeCompare(b.source))
    this.#listeners.call()
  }
}
