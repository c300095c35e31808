import {
  ApiError,
  type Credentials,
  type ExecutionId,
  type Money,
  type OrderId,
  type Price,
  type Quantity,
  type ServerTime,
  type TickerSymbol,
  type ValuePoint,
} from '@tradewind/react'
import * as v from 'valibot'

export const INTERVALS = ['1m', '5m', '15m', '1h', '1d'] as const
export type Interval = (typeof INTERVALS)[number]

const number = <Kind extends number>() => v.custom<Kind>((raw) => Number.isFinite(raw))
const text = <Kind extends string = string>() => v.custom<Kind>((raw) => typeof raw === 'string')

const candle = v.object({
  /** Where it begins. */
  timestamp: number<ServerTime>(),
  open: number<Price>(),
  high: number<Price>(),
  low: number<Price>(),
  close: number<Price>(),
  volume: v.exactOptional(number<Quantity>()),
})
/** What a price did in one interval. */
export type Candle = v.InferOutput<typeof candle>

const trade = v.object({
  id: text<ExecutionId>(),
  orderId: text<OrderId>(),
  symbol: text<TickerSymbol>(),
  side: v.picklist(['buy', 'sell']),
  quantity: number<Quantity>(),
  price: number<Price>(),
  timestamp: number<ServerTime>(),
  order: v.object({
    type: v.picklist(['market', 'limit']),
    timeInForce: v.picklist(['day', 'gtc']),
    quantity: number<Quantity>(),
    filledQuantity: number<Quantity>(),
    limitPrice: v.exactOptional(number<Price>()),
    avgFillPrice: v.exactOptional(number<Price>()),
    createdAt: number<ServerTime>(),
  }),
})
/** One fill with the order that it belongs to. */
export type Trade = v.InferOutput<typeof trade>

const session = v.object({
  /** It signs out, but does not sign in. */
  id: text(),
  createdAt: number<ServerTime>(),
  seenAt: number<ServerTime>(),
  userAgent: v.exactOptional(v.string()),
  address: v.exactOptional(v.string()),
  /** The one of this page. */
  current: v.boolean(),
})
/** Where the user is signed in. */
export type Session = v.InferOutput<typeof session>

const candles = v.object({ candles: v.array(candle) })
const points = v.object({
  points: v.array(v.object({ timestamp: number<ServerTime>(), value: number<Money>() })),
})
const sessions = v.object({ sessions: v.array(session) })
const tradeAnswer = v.object({ trade })
const settings = v.record(v.string(), v.unknown())
const problem = v.object({
  detail: v.optional(v.string()),
  title: v.optional(v.string()),
  code: v.optional(v.string(), 'failed'),
})

export interface DeskApiOptions {
  /** The server's address; default: where the page came from. */
  readonly url?: string | undefined
  readonly credentials?: (() => Credentials | undefined) | undefined
  readonly fetch?: typeof fetch | undefined
}

/** What the pages of the dashboard ask beyond the hooks. Every method rejects with ApiError. */
export class DeskApi {
  readonly #options: DeskApiOptions
  readonly #unauthorized = new Set<() => void>()

  constructor(options: DeskApiOptions = {}) {
    this.#options = options
  }

  /** Calls when an answer says that nobody is signed in. */
  onUnauthorized(notify: () => void): () => void {
    this.#unauthorized.add(notify)
    return () => void this.#unauthorized.delete(notify)
  }

  /** Oldest first, the last one still growing. */
  async candles(symbol: TickerSymbol, interval: Interval): Promise<readonly Candle[]> {
    const query = `symbol=${encodeURIComponent(symbol)}&interval=${interval}`
    return (await this.#read(`/api/candles?${query}`, candles)).candles
  }

  /** What the account was worth since then, oldest first. */
  async history(since: ServerTime): Promise<readonly ValuePoint[]> {
    return (await this.#read(`/api/portfolio/history?since=${since}`, points)).points
  }

  async trade(id: ExecutionId): Promise<Trade> {
    return (await this.#read(`/api/trades/${encodeURIComponent(id)}`, tradeAnswer)).trade
  }

  async sessions(): Promise<readonly Session[]> {
    return (await this.#read('/api/sessions', sessions)).sessions
  }

  async endSession(id: string): Promise<void> {
    await this.#send('DELETE', `/api/sessions/${encodeURIComponent(id)}`)
  }

  /** Ends all other sessions too. */
  async changePassword(currentPassword: string, newPassword: string): Promise<void> {
    await this.#send('POST', '/api/password', { currentPassword, newPassword })
  }

  /** The object that the user's pages keep on the server. */
  settings(): Promise<Readonly<Record<string, unknown>>> {
    return this.#read('/api/settings', settings)
  }

  async saveSettings(replacement: Readonly<Record<string, unknown>>): Promise<void> {
    await this.#send('PUT', '/api/settings', replacement)
  }

  /** All fills as a file for a spreadsheet. */
  async tradesFile(): Promise<Blob> {
    return (await this.#send('GET', '/api/trades.csv')).blob()
  }

  async #read<Schema extends v.GenericSchema>(path: string, schema: Schema): Promise<v.InferOutput<Schema>> {
    const response = await this.#send('GET', path)
    const result = v.safeParse(schema, await response.json().catch(() => undefined))
    if (result.success) return result.output
    throw new ApiError(0, 'no_answer', 'The answer of the server was not understood')
  }

  async #send(method: string, path: string, body?: unknown): Promise<Response> {
    const { url = '', credentials, fetch: send = fetch } = this.#options
    const headers: Record<string, string> = { Accept: 'application/json' }
    if (body !== undefined) headers['Content-Type'] = 'application/json'
    const given = credentials?.()
    if (given) headers['Authorization'] = `Bearer ${'token' in given ? given.token : given.sessionID}`
    const init: RequestInit = { method, headers, credentials: 'include', cache: 'no-store' }
    if (body !== undefined) init.body = JSON.stringify(body)
    let response: Response
    try {
      response = await send(url + path, init)
    } catch {
      throw new ApiError(0, 'no_answer', 'The server did not answer')
    }
    if (response.ok) return response
    const { detail, title, code } = v.parse(
      v.fallback(problem, { code: 'failed' }),
      await response.json().catch(() => ({})),
    )
    if (response.status === 401) for (const notify of this.#unauthorized) notify()
    throw new ApiError(
      response.status,
      code,
      detail ?? title ?? `The server refused (status ${response.status})`,
    )
  }
}
