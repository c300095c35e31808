import type { Credentials, CredentialSource } from './credentials.ts'
import { Listeners, type Release } from './listeners.ts'
import type {
  AccountId,
  ClientOrderId,
  OrderId,
  Price,
  Quantity,
  ServerTime,
  TickerSymbol,
} from './nominal.ts'
import { ApiError, readProblem } from './problem.ts'
import {
  parseOrder,
  parseTradeExecuted,
  type Order,
  type OrderType,
  type Side,
  type TimeInForce,
  type TradeExecuted,
} from './wire/ledger.ts'
import { flag, list, number, object, optional, text, type Parser } from './wire/reader.ts'

export interface ApiOptions {
  /** The server's address; default: where the page came from. */
  readonly url?: string | undefined
  /** undefined: the login cookie speaks for the user. */
  readonly credentials?: CredentialSource | undefined
  readonly fetch?: typeof fetch | undefined
}

/** An order as it is asked for. */
export interface OrderRequest {
  readonly symbol: TickerSymbol
  readonly side: Side
  readonly type: OrderType
  readonly quantity: Quantity
  readonly limitPrice?: Price
  readonly timeInForce?: TimeInForce
  /** Chosen by the client, so that a repeat is harmless. */
  readonly clientOrderId: ClientOrderId
}

const parseOrderAnswer = object({ order: parseOrder })
const parseOrders = object({ orders: list(parseOrder) })
const parseTrades = object({ trades: list(parseTradeExecuted) })
const parseWatchlist = object({ symbols: list(text<TickerSymbol>) })
const parseInstruments = object({
  symbols: list(
    object({
      symbol: text<TickerSymbol>,
      name: optional(text),
      quantityStep: optional(number<Quantity>),
      priceStep: optional(number<Price>),
      maxQuantity: optional(number<Quantity>),
    }),
  ),
})
const parsePoints = object({ points: list(object({ timestamp: number<ServerTime>, value: number })) })
const parseMe = object({
  user: object({ id: text, name: text }),
  account: optional(object({ id: text<AccountId>, broker: optional(text), live: optional(flag) })),
})

/** What may be traded, and how finely. */
export type Instrument = ReturnType<typeof parseInstruments>['symbols'][number]
export type ValuePoint = ReturnType<typeof parsePoints>['points'][number]
/** Who is signed in, with which account. */
export type Me = ReturnType<typeof parseMe>

/** The REST side of the server. Every method rejects with ApiError. */
export class Api {
  readonly #options: ApiOptions
  readonly #unauthorized = new Listeners()

  constructor(options: ApiOptions = {}) {
    this.#options = options
  }

  /** Calls when an answer says that nobody is signed in. */
  onUnauthorized(notify: () => void): Release {
    return this.#unauthorized.add(notify)
  }

  me(): Promise<Me> {
    return this.#call('GET', '/api/me', parseMe)
  }

  async login(username: string, password: string): Promise<{ readonly sessionID: string }> {
    return this.#call('POST', '/api/login', object({ sessionID: text }), { username, password })
  }

  async logout(): Promise<void> {
    await this.#send('POST', '/api/logout')
  }

  async orders(): Promise<readonly Order[]> {
    return (await this.#call('GET', '/api/orders', parseOrders)).orders
  }

  async trades(): Promise<readonly TradeExecuted[]> {
    return (await this.#call('GET', '/api/trades', parseTrades)).trades
  }

  async placeOrder(request: OrderRequest): Promise<Order> {
    return (await this.#call('POST', '/api/orders', parseOrderAnswer, request)).order
  }

  async cancelOrder(id: OrderId): Promise<void> {
    await this.#send('DELETE', `/api/orders/${encodeURIComponent(id)}`)
  }

  async watchlist(): Promise<readonly TickerSymbol[]> {
    return (await this.#call('GET', '/api/watchlist', parseWatchlist)).symbols
  }

  async saveWatchlist(symbols: readonly TickerSymbol[]): Promise<void> {
    await this.#send('PUT', '/api/watchlist', { symbols })
  }

  async searchSymbols(query: string): Promise<readonly Instrument[]> {
    const path = `/api/symbols?q=${encodeURIComponent(query)}`
    return (await this.#call('GET', path, parseInstruments)).symbols
  }

  /** A point a minute of the account's value, oldest first. */
  async history(): Promise<readonly ValuePoint[]> {
    return (await this.#call('GET', '/api/portfolio/history', parsePoints)).points
  }

  async #call<T>(method: string, path: string, parse: Parser<T>, body?: unknown): Promise<T> {
    const response = await this.#send(method, path, body)
    let raw: unknown
    try {
      raw = await response.json()
    } catch {
      throw new ApiError(0, 'no_answer', 'The answer was cut off')
    }
    return parse(raw, `${method} ${path}`)
  }

  async #send(method: string, path: string, body?: unknown): Promise<Response> {
    const { url = '', fetch: send = fetch } = this.#options
    const headers: Record<string, string> = { Accept: 'application/json', ...(await this.#authorization()) }
    if (body !== undefined) headers['Content-Type'] = 'application/json'
    const init: RequestInit = { method, headers, credentials: 'include', cache: 'no-store' }
    if (body !== undefined) init.body = JSON.stringify(body)
    let response: Response
    try {
      response = await send(url + path, init)
    } catch {
      throw new ApiError(0, 'no_answer', 'The server did not answer')
    }
    if (response.ok) return response
    const error = await readProblem(response)
    if (response.status === 401) this.#unauthorized.call()
    throw error
  }

  async #authorization(): Promise<Record<string, string>> {
    let given: Credentials | undefined
    try {
      given = await this.#options.credentials?.()
    } catch {
      throw new ApiError(0, 'no_credentials', 'The sign-in could not be renewed')
    }
    return given ? { Authorization: `Bearer ${'token' in given ? given.token : given.sessionID}` } : {}
  }
}
