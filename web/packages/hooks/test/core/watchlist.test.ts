import { describe, expect, it } from 'vitest'
import { FakeEnvironment } from '../fake-environment.ts'
import { connected, type Fixture } from '../fixture.ts'
import { executed, NOON, portfolio, quote } from '../samples.ts'

/** Answers what was asked for a watchlist, and returns it. */
function answerWatchlist({ socket }: Fixture): unknown {
  const { payload, answer } = socket.take('subscribe:watchlist')
  answer({ ok: true, accepted: [], rejected: [] })
  return payload
}

async function watching(environment = new FakeEnvironment()) {
  const fixture = connected({ environment })
  const release = fixture.client.quotes.watch(['AAPL'])
  await fixture.pass(20)
  return { ...fixture, environment, release, asked: () => answerWatchlist(fixture) }
}

describe('a hidden page', () => {
  it('asks for fewer quotes and, looked at again, for all of them at once', async () => {
    const { environment, asked, pass } = await watching()
    expect(asked()).toEqual(['AAPL'])
    environment.change('hidden')
    await pass(5_000)
    expect(asked()).toEqual({ symbols: ['AAPL'], intervalMs: 5_000 })
    environment.change('wake')
    await pass(0)
    expect(asked()).toEqual(['AAPL'])
  })

  it('costs no request when it is hidden for a moment', async () => {
    const { environment, asked, socket, pass } = await watching()
    asked()
    environment.change('hidden')
    await pass(2_000)
    environment.change('wake')
    await pass(60_000)
    expect(socket.sent).toEqual([])
  })

  it('stays slow over a reconnect and stays within the limit however often it is hidden', async () => {
    const { environment, asked, socket, pass } = await watching()
    asked()
    environment.change('hidden')
    await pass(5_000)
    asked()
    socket.drop()
    await pass(500)
    socket.accept()
    expect(asked()).toEqual({ symbols: ['AAPL'], intervalMs: 5_000 })
    let requests = 1
    for (let i = 0; i < 10; i++) {
      for (const change of ['wake', 'hidden'] as const) {
        environment.change(change)
        await pass(3_000)
        requests += socket.sent.length
        for (const { answer } of socket.sent.splice(0)) answer({ ok: true, accepted: [], rejected: [] })
      }
    }
    expect(requests).toBeLessThanOrEqual(20) // ten at once and ten refilled in that minute
  })

  it('keeps its fills', async () => {
    const { environment, asked, client, socket, pass } = await watching()
    asked()
    const seqs: number[] = []
    client.ledger.listen({ onEvent: (event) => seqs.push(event.data.seq) })
    socket.take('subscribe:trades').answer({ ok: true, account: 'acc_1', seq: 0, replayed: 0 })
    environment.change('hidden')
    await pass(60_000)
    socket.push('trade:executed', executed({ seq: 1 }))
    expect(seqs).toEqual([1])
  })

  it('lets go of the environment with the connection', async () => {
    const environment = new FakeEnvironment()
    const { client, socket, pass } = connected({ environment })
    expect(environment.listeners).toBe(2)
    client.connection.retain()() // one holder is left
    await pass(10)
    expect(environment.listeners).toBe(2)
    socket.drop('io server disconnect')
    expect(environment.listeners).toBe(1)
  })
})

describe('a page that was left', () => {
  it('shows its last quotes with their age and trusts only new ones', async () => {
    const { client, asked, release, socket, pass } = await watching()
    asked()
    socket.push('quote:update', quote({ price: 190, timestamp: NOON + 20 }))
    await pass(16)
    expect(client.quotes.latest('AAPL').state).toBe('live')
    release()
    await pass(9_000)
    expect(client.quotes.latest('AAPL')).toMatchObject({ age: 9_000, state: 'live' }) // it still comes
    await pass(1_000)
    expect(asked()).toEqual([])
    expect(client.quotes.latest('AAPL').state).toBe('delayed')
    await pass(50_000)
    expect(client.quotes.latest('AAPL')).toMatchObject({ value: { price: 190 }, age: 60_000, state: 'stale' })

    client.quotes.watch(['AAPL'])
    await pass(20)
    expect(client.quotes.latest('AAPL').state).toBe('stale')
    asked()
    socket.push('quote:update', quote({ price: 191, timestamp: NOON + 60_000 }))
    await pass(16)
    expect(client.quotes.latest('AAPL')).toMatchObject({ value: { price: 191 }, age: 0, state: 'live' })
  })

  it('shows its last portfolio with its age and trusts only a new one', async () => {
    const { client, socket, pass } = connected()
    const leave = client.portfolio.subscribe(() => {})
    socket.take('subscribe:portfolio').answer({ ok: true })
    socket.push('portfolio:update', portfolio())
    await pass(16)
    leave()
    await pass(10_000)
    socket.take('unsubscribe:portfolio').answer({ ok: true })
    await pass(20_000)
    expect(client.portfolio.latest()).toMatchObject({ age: 30_000, state: 'stale' })
    expect(client.portfolio.latest()).toBe(client.portfolio.latest())
    client.portfolio.subscribe(() => {})
    socket.push('portfolio:update', portfolio({ asOf: NOON + 30_000 }))
    await pass(16)
    expect(client.portfolio.latest()).toMatchObject({ age: 0, state: 'live' })
  })

  it('takes nothing from before a reconnect for live', async () => {
    const { client, asked, socket, pass } = await watching()
    asked()
    socket.push('quote:update', quote())
    await pass(16)
    socket.drop()
    await pass(500)
    socket.accept()
    expect(client.quotes.latest('AAPL').state).toBe('delayed')
    asked()
    socket.push('quote:update', quote())
    await pass(16)
    expect(client.quotes.latest('AAPL').state).toBe('live')
  })
})

describe('too many symbols', () => {
  it('are told one by one which of them do not come', async () => {
    const { client, asked, pass } = await watching()
    asked()
    client.quotes.watch(Array.from({ length: 100 }, (_, i) => `S${i}`))
    await pass(20)
    expect(asked()).toHaveLength(100)
    expect(client.quotes.rejection('S98')).toBeUndefined()
    expect(client.quotes.rejection('S99')).toBe('More than 100 symbols are watched at once')
    client.quotes.watch(['ONE_MORE'])
    await pass(20)
    expect(client.quotes.rejection('ONE_MORE')).toBe('More than 100 symbols are watched at once')
  })
})
