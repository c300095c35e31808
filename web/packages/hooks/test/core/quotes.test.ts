import { describe, expect, it, vi } from 'vitest'
import { connected } from '../fixture.ts'
import { NOON, quote } from '../samples.ts'

const accepted = (...symbols: string[]) => ({ ok: true, accepted: symbols, rejected: [] })

describe('quotes', () => {
  it('asks once for the union of what several components watch', async () => {
    const { client, socket, pass } = connected()
    client.quotes.watch(['AAPL', 'msft'])
    client.quotes.watch(['AAPL', 'SPY'])
    await pass(20)
    const asked = socket.take('subscribe:watchlist')
    expect(asked.payload).toEqual(['AAPL', 'MSFT', 'SPY'])
    asked.answer(accepted('AAPL', 'MSFT', 'SPY'))
    await pass(60_000)
    expect(socket.sent).toEqual([])
  })

  it('keeps a symbol until the last who watches it has gone, and lets it go a while later', async () => {
    const { client, socket, pass } = connected()
    const first = client.quotes.watch(['AAPL'])
    const second = client.quotes.watch(['AAPL', 'SPY'])
    await pass(20)
    socket.take('subscribe:watchlist').answer(accepted('AAPL', 'SPY'))
    first()
    await pass(20_000)
    expect(socket.sent).toEqual([])
    second()
    second()
    await pass(9_999)
    expect(socket.sent).toEqual([])
    await pass(1)
    expect(socket.take('subscribe:watchlist').payload).toEqual([])
  })

  it('watches everything again on a new socket at once', async () => {
    const { client, socket, pass } = connected()
    client.quotes.watch(['AAPL'])
    await pass(20)
    socket.take('subscribe:watchlist').answer(accepted('AAPL'))
    socket.drop()
    await pass(500)
    socket.accept()
    expect(socket.take('subscribe:watchlist').payload).toEqual(['AAPL'])
  })

  it('stays within ten requests a minute however fast symbols change', async () => {
    const { client, socket, pass } = connected()
    for (let i = 0; i < 100; i++) {
      client.quotes.watch([`S${i}`])
      await pass(100)
      while (socket.sent.length > 0) {
        const asked = socket.sent.shift()
        asked?.answer(accepted(...(asked.payload as string[])))
      }
    }
    let requests = 0
    for (let i = 0; i < 600; i++) {
      client.quotes.watch([`T${i % 50}`])()
      client.quotes.watch([`U${i}`])
      await pass(100)
      requests += socket.sent.length
      for (const asked of socket.sent.splice(0)) asked.answer(accepted(...(asked.payload as string[])))
    }
    expect(requests).toBeLessThanOrEqual(10)
  })

  it('never asks for more than the server takes', async () => {
    const { client, socket, pass } = connected()
    client.quotes.watch(Array.from({ length: 130 }, (_, i) => `S${i}`))
    await pass(20)
    expect(socket.take('subscribe:watchlist').payload).toHaveLength(100)
  })

  it('renders a burst once per frame and only for the symbols that changed', async () => {
    const { client, socket, pass } = connected()
    const aapl = vi.fn()
    const spy = vi.fn()
    client.quotes.subscribe('AAPL', aapl)
    client.quotes.subscribe('SPY', spy)
    for (let price = 100; price < 200; price++) socket.push('quote:update', quote({ price }))
    expect(aapl).not.toHaveBeenCalled()
    expect(client.quotes.latest('AAPL').value).toBeUndefined()
    await pass(16)
    expect(aapl).toHaveBeenCalledOnce()
    expect(spy).not.toHaveBeenCalled()
    expect(client.quotes.latest('aapl').value?.price).toBe(199)
  })

  it('draws one frame for all stores that changed', async () => {
    const frames: (() => void)[] = []
    const { client, socket } = connected({ scheduleFrame: (run) => void frames.push(run) })
    client.quotes.subscribe('AAPL', () => {})
    socket.push('quote:update', quote())
    socket.push('quote:update', quote({ symbol: 'SPY' }))
    socket.push('portfolio:update', { not: 'a portfolio' })
    expect(frames).toHaveLength(1)
    frames[0]?.()
    socket.push('quote:update', quote())
    expect(frames).toHaveLength(2)
  })

  it('shows the age of a value by the clock of the server, and that the link is gone', async () => {
    const { client, socket, pass } = connected()
    socket.clockAnswers.shift()?.({ ok: true, now: NOON + 3_600_000 }) // this device is an hour slow
    client.quotes.subscribe('AAPL', () => {})
    socket.push('quote:update', quote({ timestamp: NOON + 3_600_000 }))
    await pass(16)
    expect(client.quotes.latest('AAPL')).toMatchObject({ age: 0, state: 'live', receivedAt: NOON })
    await pass(3_000)
    expect(client.quotes.latest('AAPL')).toMatchObject({ age: 3_000, state: 'live' })
    socket.drop()
    expect(client.quotes.latest('AAPL').state).toBe('delayed')
    await pass(11_000)
    expect(client.quotes.latest('AAPL')).toMatchObject({ age: 14_000, state: 'stale' })
  })

  it('passes on what the server says of a quote', async () => {
    const { client, socket, pass } = connected()
    for (const state of ['stale', 'halted', 'closed'] as const) {
      socket.push('quote:update', quote({ state }))
      await pass(16)
      expect(client.quotes.latest('AAPL').state).toBe(state)
    }
  })

  it('says why a symbol is not sent', async () => {
    const { client, socket, pass } = connected()
    const notify = vi.fn()
    client.quotes.subscribe('NOPE', notify)
    client.quotes.watch(['AAPL', 'NOPE'])
    await pass(20)
    socket.take('subscribe:watchlist').answer({
      ok: true,
      accepted: ['AAPL'],
      rejected: [{ symbol: 'NOPE', code: 'unknown_symbol', message: 'Unknown symbol' }],
    })
    expect(client.quotes.rejection('nope')).toBe('Unknown symbol')
    expect(client.quotes.rejection('AAPL')).toBeUndefined()
    expect(notify).toHaveBeenCalledOnce()
  })

  it('asks again as late as the server wants when it refuses', async () => {
    const { client, socket, pass } = connected()
    client.quotes.watch(['AAPL'])
    await pass(20)
    socket.take('subscribe:watchlist').answer({
      ok: false,
      error: { code: 'rate_limited', message: 'Rate limit exceeded', retryAfterMs: 4_000 },
    })
    await pass(3_999)
    expect(socket.sent).toEqual([])
    await pass(1)
    socket.take('subscribe:watchlist')
  })

  it('keeps a minute of prices, a second apart', async () => {
    const { client, socket, pass } = connected()
    for (let i = 0; i < 200; i++) {
      socket.push('quote:update', quote({ price: i }))
      await pass(500)
    }
    expect(client.quotes.trail('AAPL')).toHaveLength(60)
    expect(client.quotes.trail('AAPL').at(-1)).toBe(198)
  })

  it('forgets what nobody looks at when there is too much of it', async () => {
    const { client, socket, pass } = connected()
    client.quotes.watch(['S0'])
    for (let i = 0; i < 1_000; i++) socket.push('quote:update', quote({ symbol: `S${i}` }))
    await pass(16)
    const kept = Array.from({ length: 1_000 }, (_, i) => client.quotes.latest(`S${i}`).value).filter(Boolean)
    expect(kept.length).toBeLessThanOrEqual(400)
    expect(client.quotes.latest('S0').value?.symbol).toBe('S0')
    expect(client.quotes.latest('S999').value?.symbol).toBe('S999')
  })
})
