import { vi } from 'vitest'
import { createTradewind, type Tradewind, type TradewindOptions } from '../src/core/index.ts'
import { FakeSocket } from './fake-socket.ts'
import { NOON } from './samples.ts'

export interface Fixture {
  readonly client: Tradewind
  readonly socket: FakeSocket
  /** Lets time pass: timers run, frames are drawn. */
  readonly pass: (milliseconds: number) => Promise<void>
  /** REST answers by `METHOD /path`, or promises of them; others are 404. */
  readonly rest: Map<string, unknown>
  /** The REST requests so far, as `METHOD /path`. */
  readonly requests: string[]
}

/** A client whose socket, REST server and clock belong to the test. Not connected yet. */
export function newFixture(options: TradewindOptions = {}): Fixture {
  vi.useFakeTimers({ now: NOON })
  const socket = new FakeSocket()
  const rest = new Map<string, unknown>([
    ['GET /api/orders', { orders: [] }],
    ['GET /api/trades', { trades: [] }],
  ])
  const requests: string[] = []
  const client = createTradewind({
    createSocket: () => socket,
    backoff: { random: () => 1 },
    fetch: async (input, init) => {
      const request = `${init?.method ?? 'GET'} ${String(input)}`
      requests.push(request)
      const answer = await rest.get(request)
      if (answer instanceof Response) return answer.clone()
      return answer === undefined
        ? Response.json({ title: 'Not Found' }, { status: 404 })
        : Response.json(answer)
    },
    ...options,
  })
  const pass = async (milliseconds: number) => {
    await vi.advanceTimersByTimeAsync(milliseconds)
  }
  return { client, socket, pass, rest, requests }
}

/** A fixture that is connected. */
export function connected(options: TradewindOptions = {}): Fixture {
  const fixture = newFixture(options)
  fixture.client.connection.retain()
  fixture.socket.accept()
  return fixture
}
