import { Api } from './api.ts'
import type { BackoffOptions } from './backoff.ts'
import { Connection } from './connection.ts'
import { CredentialKeeper, type CredentialSource } from './credentials.ts'
import { stillEnvironment, type Environment } from './environment.ts'
import { FeedStore } from './feeds.ts'
import { FrameQueue, type ScheduleFrame } from './frame.ts'
import { Ager } from './freshness.ts'
import { LedgerStream } from './ledger.ts'
import { OrderStore } from './orders.ts'
import { PortfolioStore } from './portfolio.ts'
import { QuoteStore } from './quotes.ts'
import { createSocket, type SocketLike } from './socket.ts'
import { memoryStorage, type KeyValueStorage } from './storage.ts'
import { TradeStore } from './trades.ts'

export interface TradewindOptions {
  /** The server's address, such as https://desk.example.com; default: where the page came from. */
  readonly url?: string
  /** Asked before each connect and request, so that refreshed ones are used; default: the login cookie. */
  readonly credentials?: CredentialSource
  readonly transports?: readonly ('websocket' | 'polling')[]
  /** What the device tells of network and sleep; default: nothing. browserEnvironment() in a browser, nativeEnvironment() in React Native. */
  readonly environment?: Environment
  /** Where the place in the ledger is kept over a reload; default: nowhere. */
  readonly storage?: KeyValueStorage
  readonly backoff?: BackoffOptions
  /** Hears of messages that do not have the promised shape; default: nobody. */
  readonly onProtocolError?: (error: unknown) => void
  readonly fetch?: typeof fetch
  readonly createSocket?: () => SocketLike
  readonly scheduleFrame?: ScheduleFrame
}

/** One user's live view of a server: the connection and the stores that it feeds. */
export interface Tradewind {
  readonly api: Api
  readonly connection: Connection
  readonly feeds: FeedStore
  readonly ledger: LedgerStream
  readonly orders: OrderStore
  readonly portfolio: PortfolioStore
  readonly quotes: QuoteStore
  readonly trades: TradeStore
}

/** Puts a client together. It connects when someone retains its connection, as TradewindProvider does. */
export function createTradewind(options: TradewindOptions = {}): Tradewind {
  const { url, credentials, transports, environment = stillEnvironment, backoff, onProtocolError } = options
  const keeper = new CredentialKeeper(credentials)
  const connection = new Connection({
    createSocket:
      options.createSocket ?? (() => createSocket({ url, credentials: () => keeper.current, transports })),
    credentials: keeper,
    environment,
    backoff,
    onProtocolError,
  })
  const frames = new FrameQueue(options.scheduleFrame)
  const ager = new Ager(connection)
  const api = new Api({ url, credentials, fetch: options.fetch })
  const ledger = new LedgerStream(connection, options.storage ?? memoryStorage())
  return {
    api,
    connection,
    feeds: new FeedStore(connection),
    ledger,
    orders: new OrderStore(api, ledger, frames),
    portfolio: new PortfolioStore(connection, frames, ager),
    quotes: new QuoteStore(connection, environment, frames, ager),
    trades: new TradeStore(api, ledger, frames),
  }
}
