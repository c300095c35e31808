import { createTradewind, TradewindProvider, type Tradewind } from '@tradewind/react'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { act, render } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import type { ReactNode } from 'react'
import { DeskApi } from '../src/shared/desk-api.ts'
import { DeskApiProvider } from '../src/shared/use-desk-api.tsx'
import { FakeSocket } from '../../packages/hooks/test/fake-socket.ts'

/** A REST server in memory: answers by `METHOD /path`; what is not there is 404. */
export class FakeRest {
  readonly answers = new Map<string, unknown>([
    ['GET /api/orders', { orders: [] }],
    ['GET /api/trades', { trades: [] }],
    ['GET /api/watchlist', { symbols: [] }],
    ['GET /api/portfolio/history', { points: [] }],
    ['GET /api/settings', {}],
    ['PUT /api/settings', {}],
  ])
  readonly requests: { readonly request: string; readonly body: unknown }[] = []
  readonly instruments = [
    { symbol: 'AAPL', name: 'Apple Inc.', quantityStep: 1, priceStep: 0.01, maxQuantity: 10_000 },
    { symbol: 'MSFT', name: 'Microsoft Corporation', quantityStep: 1, priceStep: 0.01 },
  ]

  readonly fetch: typeof fetch = async (input, init) => {
    const request = `${init?.method ?? 'GET'} ${String(input)}`
    this.requests.push({ request, body: init?.body ? JSON.parse(String(init.body)) : undefined })
    const plain = request.replace(/\?since=\d+$/, '') // the time of the test is nobody's business
    const search = /^GET \/api\/symbols\?q=(.*)$/.exec(request)
    if (search && !this.answers.has(request)) return Response.json({ symbols: this.#find(search[1] ?? '') })
    const answer = await this.answers.get(plain)
    if (answer instanceof Error) throw answer
    if (answer instanceof Response) return answer.clone()
    return answer === undefined
      ? Response.json({ title: 'Not Found' }, { status: 404 })
      : Response.json(answer)
  }

  /** The bodies of the requests of that kind so far. */
  sent(request: string): readonly unknown[] {
    return this.requests.filter((made) => made.request === request).map(({ body }) => body)
  }

  #find(query: string) {
    const text = decodeURIComponent(query).toUpperCase()
    return this.instruments.filter(
      ({ symbol, name }) => symbol.includes(text) || name.toUpperCase().includes(text),
    )
  }
}

const cache = new WeakMap<Tradewind, QueryClient>()

/** A part of the desk with what it finds around it. */
export function withClient(client: Tradewind, part: ReactNode, rest: FakeRest) {
  const queries = cache.get(client) ?? new QueryClient({ defaultOptions: { queries: { retry: false } } })
  cache.set(client, queries)
  return (
    <QueryClientProvider client={queries}>
      <TradewindProvider client={client}>
        <DeskApiProvider value={new DeskApi({ fetch: rest.fetch })}>{part}</DeskApiProvider>
      </TradewindProvider>
    </QueryClientProvider>
  )
}

/** Renders a part of the desk for a user who is connected; the socket and REST belong to the test. */
export function renderPart(part: ReactNode, answers: Readonly<Record<string, unknown>> = {}) {
  const socket = new FakeSocket()
  const rest = new FakeRest()
  for (const [request, answer] of Object.entries(answers)) rest.answers.set(request, answer)
  const client = createTradewind({
    createSocket: () => socket,
    fetch: rest.fetch,
    scheduleFrame: (run) => queueMicrotask(run),
    backoff: { random: () => 1 },
  })
  const view = render(withClient(client, part, rest))
  const accept = () =>
    act(() => {
      socket.accept()
      answerSubscriptions(socket)
    })
  /** A message from the server, as far as it gets on the screen. */
  const push = (event: string, payload: unknown) =>
    act(async () => {
      socket.push(event, payload)
    })
  return { ...view, user: userEvent.setup(), socket, rest, client, accept, push }
}

/** Accepts whatever the client has subscribed to so far. */
export function answerSubscriptions(socket: FakeSocket, seq = 0): void {
  for (const { event, payload, answer } of socket.sent.splice(0)) {
    if (event === 'subscribe:watchlist') answer({ ok: true, accepted: payload, rejected: [] })
    else answer({ ok: true, account: 'acc_1', seq, replayed: 0 })
  }
}
