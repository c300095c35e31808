import { describe, expect, it, vi } from 'vitest'
import { connected, newFixture, type Fixture } from '../fixture.ts'
import { executed, failed, NOON, order, portfolio } from '../samples.ts'

const accepted = (seq: number, replayed = 0) => ({ ok: true, account: 'acc_1', seq, replayed })
const update = (seq: number, over: Parameters<typeof order>[0]) => ({
  account: 'acc_1',
  seq,
  timestamp: NOON,
  order: order(over),
})

async function following(fixture: Fixture = connected()) {
  const notify = vi.fn()
  const release = fixture.client.orders.subscribe(notify)
  fixture.socket.take('subscribe:trades').answer(accepted(4))
  await fixture.pass(50)
  notify.mockClear()
  return { ...fixture, notify, release, orders: () => fixture.client.orders.latest() }
}

describe('orders', () => {
  it('loads once and then follows the ledger', async () => {
    const fixture = connected()
    fixture.rest.set('GET /api/orders', {
      orders: [order({ id: 'old', status: 'filled', createdAt: NOON - 1 })],
    })
    const { socket, pass, orders } = await following(fixture)
    expect(orders()).toMatchObject({ loading: false, error: undefined, open: [] })
    socket.push('order:update', update(5, { id: 'new' }))
    await pass(16)
    expect(orders().orders.map(({ id }) => id)).toEqual(['new', 'old'])
    expect(orders().open.map(({ id }) => id)).toEqual(['new'])
    socket.push(
      'trade:executed',
      executed({ seq: 6, order: order({ id: 'new', status: 'filled', filledQuantity: 10 }) }),
    )
    await pass(16)
    expect(orders().open).toEqual([])
    socket.push('trade:failed', failed({ seq: 7, order: order({ id: 'no', status: 'rejected' }) }))
    socket.push('account:update', { account: 'acc_1', seq: 8, timestamp: NOON, kind: 'deposit', amount: 5 })
    await pass(16)
    expect(orders().orders.map(({ id }) => id)).toContain('no')
  })

  it('does not let an older picture of an order replace a newer one', async () => {
    const { client, socket, pass, orders } = await following()
    socket.push(
      'trade:executed',
      executed({ seq: 5, order: order({ status: 'filled', filledQuantity: 10 }) }),
    )
    client.orders.keep(order({ status: 'working', updatedAt: NOON + 5 })) // REST answered late
    await pass(16)
    expect(orders().orders[0]?.status).toBe('filled')
    client.orders.keep(order({ id: 'b', status: 'partially_filled', filledQuantity: 4 }))
    client.orders.keep(order({ id: 'b', status: 'working', filledQuantity: 0 }))
    await pass(16)
    expect(orders().open[0]).toMatchObject({ id: 'b', filledQuantity: 4 })
  })

  it('applies what arrives while it loads on top of what was loaded', async () => {
    const { rest, socket, pass, orders } = await following()
    let answer: (response: Response) => void = () => {}
    const slow = new Promise<Response>((resolve) => (answer = resolve))
    rest.set('GET /api/orders', slow)
    socket.push('order:update', update(7, { id: 'gap' })) // 5 and 6 are missing
    await pass(0)
    socket.take('unsubscribe:trades').answer({ ok: true })
    await pass(0)
    socket.take('subscribe:trades').answer({ ...accepted(7, 0), truncated: true })
    socket.push('order:update', update(8, { id: 'meanwhile' }))
    await pass(16)
    answer(Response.json({ orders: [order({ id: 'loaded' })] }))
    await pass(50)
    expect(
      orders()
        .orders.map(({ id }) => id)
        .sort(),
    ).toEqual(['loaded', 'meanwhile'])
  })

  it('says that loading failed and tries again when entries may have been missed', async () => {
    const fixture = connected()
    fixture.rest.set('GET /api/orders', Response.json({ detail: 'Not now.' }, { status: 503 }))
    const { rest, socket, pass, orders } = await following(fixture)
    expect(orders().error?.message).toBe('Not now.')
    rest.set('GET /api/orders', { orders: [order()] })
    socket.push('order:update', { ...update(1, { id: 'x' }), account: 'acc_2' })
    await pass(50)
    expect(orders()).toMatchObject({ error: undefined, loading: false })
    expect(orders().orders).toHaveLength(2)
  })

  it('keeps no more than 200 orders that are over', async () => {
    const { client, pass, orders } = await following()
    client.orders.keep(order({ id: 'open', createdAt: 0 }))
    for (let i = 0; i < 300; i++)
      client.orders.keep(order({ id: `o${i}`, status: 'filled', createdAt: NOON + i }))
    await pass(16)
    expect(orders().orders).toHaveLength(201)
    expect(orders().open.map(({ id }) => id)).toEqual(['open'])
  })

  it('renders a burst once and stops when nobody looks', async () => {
    const { socket, pass, notify, release } = await following()
    for (let seq = 5; seq < 50; seq++) socket.push('order:update', update(seq, { id: `o${seq}` }))
    await pass(16)
    expect(notify).toHaveBeenCalledOnce()
    release()
    await pass(10_000)
    socket.take('unsubscribe:trades')
  })
})

describe('trades', () => {
  it('lists fills newest first, each once', async () => {
    const fixture = connected()
    fixture.rest.set('GET /api/trades', { trades: [executed({ seq: 4 })] })
    fixture.client.trades.subscribe(() => {})
    fixture.socket.take('subscribe:trades').answer(accepted(4))
    await fixture.pass(50)
    for (let seq = 5; seq < 300; seq++) fixture.socket.push('trade:executed', executed({ seq }))
    await fixture.pass(16)
    const { trades } = fixture.client.trades.latest()
    expect(trades).toHaveLength(200)
    expect(trades[0]?.seq).toBe(299)
  })
})

describe('portfolio', () => {
  it('is subscribed while someone listens and shows the newest', async () => {
    const { client, socket, pass } = connected()
    const notify = vi.fn()
    const release = client.portfolio.subscribe(notify)
    socket.take('subscribe:portfolio').answer({ ok: true })
    expect(client.portfolio.latest().state).toBe('waiting')
    socket.push('portfolio:update', portfolio({ totalValue: 1 }))
    socket.push('portfolio:update', portfolio({ totalValue: 2 }))
    await pass(16)
    expect(notify).toHaveBeenCalledOnce()
    expect(client.portfolio.latest()).toMatchObject({
      value: { totalValue: 2 },
      asOf: NOON,
      age: 0,
      state: 'live',
    })
    release()
    await pass(10_000)
    socket.take('unsubscribe:portfolio')
  })

  it('keeps the last value with its age for who comes back', async () => {
    const { client, socket, pass } = connected()
    const release = client.portfolio.subscribe(() => {})
    socket.take('subscribe:portfolio').answer({ ok: true })
    socket.push('portfolio:update', portfolio())
    await pass(16)
    release()
    await pass(20_000)
    client.portfolio.subscribe(() => {})
    await pass(1_000)
    expect(client.portfolio.latest()).toMatchObject({ value: { totalValue: 99_890 }, age: 21_000 })
  })

  it('reports a message that it cannot read and keeps what it has', async () => {
    const onProtocolError = vi.fn()
    const { client, socket, pass } = connected({ onProtocolError })
    socket.push('portfolio:update', { totalValue: 'much' })
    socket.push('quote:update', {})
    socket.push('feed:status', 7)
    await pass(16)
    expect(onProtocolError).toHaveBeenCalledTimes(3)
    expect(client.portfolio.latest().value).toBeUndefined()
  })
})

describe('feeds', () => {
  it('keeps the last word of each source', () => {
    const { client, socket } = connected()
    const notify = vi.fn()
    client.feeds.subscribe(notify)
    socket.push('feed:status', { source: 'sim', state: 'live', since: NOON })
    socket.push('feed:status', { source: 'coinbase', state: 'live', since: NOON })
    socket.push('feed:status', { source: 'sim', state: 'stalled', since: NOON + 1 })
    expect(notify).toHaveBeenCalledTimes(3)
    expect(client.feeds.latest().map(({ source, state }) => [source, state])).toEqual([
      ['coinbase', 'live'],
      ['sim', 'stalled'],
    ])
  })
})

describe('REST', () => {
  it('turns a problem document into an error with a sentence', async () => {
    const { client, rest } = newFixture()
    const body = { title: 'Unprocessable', detail: 'Too much.', code: 'order_too_large', orderId: 'ord_9' }
    rest.set('POST /api/orders', Response.json(body, { status: 422 }))
    const placing = client.api.placeOrder({
      symbol: 'A',
      side: 'buy',
      type: 'market',
      quantity: 1,
      clientOrderId: 'c',
    })
    await expect(placing).rejects.toMatchObject({
      status: 422,
      code: 'order_too_large',
      message: 'Too much.',
      orderId: 'ord_9',
      outcomeUnknown: false,
    })
  })

  it.each([
    [401, 'Sign in again'],
    [429, 'Too many requests: wait a moment'],
    [500, 'The server is not well (status 500)'],
    [404, 'The server refused (status 404)'],
  ])('has a sentence for a bare %i', async (status, sentence) => {
    const { client, rest } = newFixture()
    rest.set('GET /api/me', new Response('?', { status }))
    await expect(client.api.me()).rejects.toThrow(sentence)
  })

  it('says that the outcome is unknown when no answer came', async () => {
    const { client } = newFixture({ fetch: () => Promise.reject(new TypeError('Failed to fetch')) })
    await expect(client.api.cancelOrder('a')).rejects.toMatchObject({ status: 0, outcomeUnknown: true })
  })

  it('tells when nobody is signed in any more', async () => {
    const { client, rest } = newFixture()
    const notify = vi.fn()
    client.api.onUnauthorized(notify)
    rest.set('GET /api/watchlist', new Response('', { status: 401 }))
    await expect(client.api.watchlist()).rejects.toThrow()
    expect(notify).toHaveBeenCalledOnce()
  })

  it('sends the credential where there is one, and else leaves it to the cookie', async () => {
    const seen: RequestInit[] = []
    const fetch = async (_: unknown, init?: RequestInit) => {
      seen.push(init ?? {})
      return Response.json({ symbols: ['AAPL'] })
    }
    const withSession = newFixture({ fetch, credentials: () => ({ sessionID: 's3cret' }) })
    await withSession.client.api.watchlist()
    await newFixture({ fetch }).client.api.watchlist()
    expect(seen[0]?.headers).toMatchObject({ Authorization: 'Bearer s3cret' })
    expect(seen[1]?.headers).not.toHaveProperty('Authorization')
    expect(seen[1]?.credentials).toBe('include')
  })
})
