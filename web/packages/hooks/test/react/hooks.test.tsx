import { act, render, renderHook } from '@testing-library/react'
import { StrictMode, type ReactNode } from 'react'
import { describe, expect, it, vi } from 'vitest'
import {
  TradewindProvider,
  useConnection,
  useFeeds,
  useOrders,
  usePortfolio,
  useQuote,
  useQuoteRejection,
  useTradeNotifications,
  useTrades,
  useTrail,
  useWatchlist,
  useWebSocket,
  type TradeNotification,
} from '../../src/react/index.ts'
import { newFixture } from '../fixture.ts'
import { executed, failed, NOON, order, portfolio, quote } from '../samples.ts'

function provided() {
  const fixture = newFixture()
  const wrapper = ({ children }: { readonly children: ReactNode }) => (
    <StrictMode>
      <TradewindProvider client={fixture.client}>{children}</TradewindProvider>
    </StrictMode>
  )
  const pass = (milliseconds: number) => act(() => fixture.pass(milliseconds))
  return { ...fixture, wrapper, pass }
}

/** Under React DOM and, as the same file, under React Native's renderer: nothing here is of the one or the other. */
describe('hooks', () => {
  it('say what to do when there is no provider', () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    expect(() => renderHook(() => usePortfolio())).toThrow('wrap the component in <TradewindProvider')
  })

  it('connect once under StrictMode and show the state', async () => {
    const { wrapper, socket, pass } = provided()
    const { result, unmount } = renderHook(() => [useConnection().status, useConnection().roundTrip], {
      wrapper,
    })
    expect(result.current).toEqual(['connecting', undefined])
    expect(socket.connects).toBe(1)
    act(() => socket.accept())
    await pass(12)
    await act(async () => socket.clockAnswers[0]?.({ ok: true, now: NOON }))
    expect(result.current).toEqual(['live', 12])
    act(() => socket.drop())
    expect(result.current[0]).toBe('reconnecting')
    unmount()
    await pass(1)
    const before = socket.connects
    await pass(60_000)
    expect(socket.connects).toBe(before)
  })

  it('hand out the socket for events of the app', async () => {
    const { wrapper, socket } = provided()
    const { result } = renderHook(() => useWebSocket(), { wrapper })
    expect(result.current).toMatchObject({ connected: false, state: { status: 'connecting' } })
    act(() => socket.accept())
    expect(result.current).toMatchObject({ connected: true, state: { status: 'live' } })
    const heard = vi.fn()
    result.current.socket.on('desk:note', heard)
    socket.push('desk:note', { text: 'lunch' })
    result.current.socket.off('desk:note', heard)
    socket.push('desk:note', { text: 'over' })
    expect(heard.mock.calls).toEqual([[{ text: 'lunch' }]])
    result.current.socket.emit('desk:read', 7)
    expect(socket.take('desk:read').payload).toBe(7)
  })

  it('watch a symbol while mounted and follow a change of symbol', async () => {
    const { wrapper, socket, pass } = provided()
    const { result, rerender } = renderHook(({ symbol }) => useQuote(symbol), {
      wrapper,
      initialProps: { symbol: 'AAPL' },
    })
    act(() => socket.accept())
    await pass(30)
    const asked = socket.take('subscribe:watchlist')
    expect(asked.payload).toEqual(['AAPL'])
    asked.answer({ ok: true, accepted: ['AAPL'], rejected: [] })
    socket.push('quote:update', quote({ price: 190 }))
    await pass(20)
    expect(result.current).toMatchObject({ value: { price: 190 }, state: 'live', asOf: NOON })
    rerender({ symbol: 'SPY' })
    expect(result.current.state).toBe('waiting')
    await pass(30)
    expect(socket.take('subscribe:watchlist').payload).toContain('SPY')
  })

  it('stay within the limit of the server when symbols change fast, and end with the right ones', async () => {
    const { wrapper, socket, pass } = provided()
    const { rerender } = renderHook(
      ({ left, right }) => [useQuote(left), useQuote(right), useWatchlist([left, right])],
      { wrapper, initialProps: { left: 'L0', right: 'R0' } },
    )
    act(() => socket.accept())
    let requests = 0
    let asked: unknown
    for (let i = 1; i <= 100; i++) {
      rerender({ left: `L${i}`, right: `R${i}` })
      await pass(100)
      for (const { payload, answer } of socket.sent.splice(0)) {
        requests += 1
        asked = payload
        answer({ ok: true, accepted: payload, rejected: [] })
      }
    }
    expect(requests).toBeLessThanOrEqual(12) // ten at once, and what ten seconds refill
    await pass(30_000)
    for (const { payload } of socket.sent) asked = payload
    expect(asked).toEqual(['L100', 'R100'])
  })

  it('show the last value with its age in the first render of a page that is entered again', async () => {
    const { wrapper, socket, client, pass } = provided()
    client.connection.retain()
    const first = renderHook(() => useQuote('AAPL'), { wrapper })
    act(() => socket.accept())
    socket.push('quote:update', quote({ price: 190 }))
    await pass(20)
    first.unmount()
    await pass(60_000)
    const renders: unknown[] = []
    renderHook(() => renders.push(useQuote('AAPL')), { wrapper })
    expect(renders[0]).toMatchObject({ value: { price: 190 }, age: 60_000 })
  })

  it('render a row only when its own symbol changed', async () => {
    const { wrapper, socket, pass } = provided()
    const rows = { AAPL: { renders: 0, price: 0 }, SPY: { renders: 0, price: 0 } }
    const Row = ({ symbol }: { readonly symbol: 'AAPL' | 'SPY' }) => {
      const price = useQuote(symbol).value?.price ?? 0
      rows[symbol] = { renders: rows[symbol].renders + 1, price }
      return null
    }
    render(
      <>
        <Row symbol="AAPL" />
        <Row symbol="SPY" />
      </>,
      { wrapper },
    )
    act(() => socket.accept())
    await pass(30)
    const before = rows.SPY.renders
    for (let price = 1; price <= 50; price++) socket.push('quote:update', quote({ price }))
    await pass(20)
    expect(rows.AAPL.price).toBe(50)
    expect(rows.SPY.renders).toBe(before)
  })

  it('send one list for a watchlist and tell what is not on it', async () => {
    const { wrapper, socket, pass } = provided()
    const { result } = renderHook(
      () => {
        useWatchlist(['SPY', 'NOPE', 'SPY'])
        return { rejection: useQuoteRejection('NOPE'), trail: useTrail('SPY'), quote: useQuote('SPY') }
      },
      { wrapper },
    )
    act(() => socket.accept())
    await pass(30)
    const asked = socket.take('subscribe:watchlist')
    expect(asked.payload).toEqual(['NOPE', 'SPY'])
    act(() =>
      asked.answer({
        ok: true,
        accepted: ['SPY'],
        rejected: [{ symbol: 'NOPE', code: 'unknown_symbol', message: 'Unknown symbol' }],
      }),
    )
    expect(result.current.rejection).toBe('Unknown symbol')
    socket.push('quote:update', quote({ symbol: 'SPY', price: 5 }))
    await pass(20)
    expect(result.current.trail).toEqual([5])
  })

  it('follow portfolio, trades, orders and feeds', async () => {
    const { wrapper, socket, rest, pass } = provided()
    rest.set('POST /api/orders', { order: order({ id: 'mine' }) })
    rest.set('DELETE /api/orders/mine', {})
    const { result } = renderHook(
      () => ({ portfolio: usePortfolio(), trades: useTrades(), orders: useOrders(), feeds: useFeeds() }),
      { wrapper },
    )
    act(() => socket.accept())
    for (const sent of socket.sent.splice(0)) sent.answer({ ok: true, account: 'acc_1', seq: 0, replayed: 0 })
    socket.push('portfolio:update', portfolio())
    socket.push('trade:executed', executed({ seq: 1 }))
    act(() => socket.push('feed:status', { source: 'sim', state: 'closed', since: NOON }))
    await pass(50)
    expect(result.current.portfolio.value?.totalValue).toBe(99_890)
    expect(result.current.trades.trades).toHaveLength(1)
    expect(result.current.feeds[0]?.state).toBe('closed')

    const request = { symbol: 'AAPL', side: 'buy', type: 'market', quantity: 1, clientOrderId: 'c1' } as const
    await act(() => result.current.orders.place(request))
    await pass(20)
    expect(result.current.orders.open.map(({ id }) => id)).toEqual(['mine'])
    await act(() => result.current.orders.cancel('mine'))
  })

  it('notify of each fill and refusal once, with the newest handler', async () => {
    const { wrapper, socket } = provided()
    const first = vi.fn()
    const second = vi.fn<(notification: TradeNotification) => void>()
    const { rerender } = renderHook(({ handler }) => useTradeNotifications(handler), {
      wrapper,
      initialProps: { handler: first as (notification: TradeNotification) => void },
    })
    act(() => socket.accept())
    socket.take('subscribe:trades').answer({ ok: true, account: 'acc_1', seq: 2, replayed: 1 })
    rerender({ handler: second })
    socket.push('trade:executed', executed({ seq: 2 }))
    socket.push('trade:executed', executed({ seq: 2 }))
    socket.push('order:update', { account: 'acc_1', seq: 3, timestamp: NOON, order: order() })
    socket.push('trade:failed', failed({ seq: 4 }))
    expect(first).not.toHaveBeenCalled()
    expect(second.mock.calls.map(([{ kind, replayed }]) => [kind, replayed])).toEqual([
      ['executed', true],
      ['failed', false],
    ])
  })
})
