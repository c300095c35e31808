import { act, screen, waitFor } from '@testing-library/react'
import { afterEach, describe, expect, it } from 'vitest'
import { toast } from 'sonner'
import { executed, failed, order } from '../../packages/hooks/test/samples.ts'
import { Notices } from '../src/app/notices.tsx'
import { OpenOrders } from '../src/features/orders/open-orders.tsx'
import { RecentTrades } from '../src/features/trades/recent-trades.tsx'
import { TradeToasts } from '../src/features/notifications/trade-toasts.tsx'
import { renderPart } from './fixture.tsx'

const update = (seq: number, over: Parameters<typeof order>[0]) => ({
  account: 'acc_1',
  seq,
  timestamp: Date.now(),
  order: order(over),
})

describe('open orders', () => {
  it('come and go by themselves', async () => {
    const { accept, push } = renderPart(<OpenOrders />)
    accept()
    await screen.findByText('No open orders.')
    await push('order:update', update(1, { type: 'limit', limitPrice: 150, status: 'working' }))
    expect(screen.getByText('at 150.00')).toBeDefined()
    expect(screen.getByText(/Working/)).toBeDefined()
    const partly = order({ type: 'limit', limitPrice: 150, status: 'partially_filled', filledQuantity: 4 })
    await push('trade:executed', executed({ seq: 2, status: 'partially_filled', order: partly }))
    expect(screen.getByText(/Partly filled · 4 of 10 filled/)).toBeDefined()
    await push('trade:executed', executed({ seq: 3 }))
    expect(screen.getByText('No open orders.')).toBeDefined()
  })

  it('are canceled where they stand, and say why not', async () => {
    const { accept, push, rest, user } = renderPart(<OpenOrders />)
    accept()
    await push('order:update', update(1, { type: 'limit', limitPrice: 150 }))
    rest.answers.set(
      'DELETE /api/orders/ord_1',
      Response.json({ detail: 'This order is over.' }, { status: 409 }),
    )
    const cancel = await screen.findByRole('button', { name: 'Cancel: Buy 10 AAPL at 150.00' })
    await user.click(cancel)
    expect((await screen.findByRole('alert')).textContent).toBe('This order is over.')
    await push('order:update', update(2, { type: 'limit', limitPrice: 150, status: 'canceling' }))
    expect(screen.getByRole<HTMLButtonElement>('button', { name: /^Cancel/ }).disabled).toBe(true)
  })

  it('say that they could not be loaded', async () => {
    const part = renderPart(<OpenOrders />)
    part.rest.answers.set('GET /api/orders', Response.json({ detail: 'Not now.' }, { status: 503 }))
    part.accept()
    expect((await screen.findByRole('alert')).textContent).toBe('Not now.')
  })
})

describe('recent trades', () => {
  it('lists the newest first', async () => {
    const { accept, push } = renderPart(<RecentTrades />)
    accept()
    await screen.findByText('No trades yet.')
    await push('trade:executed', executed({ seq: 1, symbol: 'MSFT' }))
    await push('trade:executed', executed({ seq: 2, side: 'sell' }))
    const rows = screen.getAllByRole('listitem').map((row) => row.textContent)
    expect(rows[0]).toMatch(/Sold 10 AAPL at 189.00.*1,890.00/)
    expect(rows[1]).toMatch(/Bought 10 MSFT/)
  })
})

describe('toasts', () => {
  afterEach(() => {
    act(() => void toast.dismiss())
  })

  const toasts = () =>
    [...document.querySelectorAll('[data-sonner-toast]')].map((element) => element.textContent)
  const part = (
    <>
      <TradeToasts />
      <Notices />
    </>
  )

  it('tell of a fill and of a refusal as they happen', async () => {
    const { accept, push } = renderPart(part)
    accept()
    await push('trade:executed', executed({ seq: 1, orderId: 't1' }))
    await push('trade:failed', failed({ seq: 2 }))
    await waitFor(() => expect(toasts()).toHaveLength(2))
    expect(toasts().join()).toContain('Bought 10 AAPL at 189.00')
    expect(toasts().join()).toContain('Refused: buy 10 AAPL')
    expect(toasts().join()).toContain('12.00 USD are available')
  })

  it('merge the fills of one order', async () => {
    const { accept, push } = renderPart(part)
    accept()
    const partly = order({ status: 'partially_filled', filledQuantity: 6 })
    await push(
      'trade:executed',
      executed({ seq: 1, orderId: 't2', quantity: 6, status: 'partially_filled', order: partly }),
    )
    await waitFor(() => expect(toasts().join()).toContain('Bought 6 AAPL at 189.00'))
    expect(toasts().join()).toContain('6 of 10 filled')
    await push('trade:executed', executed({ seq: 2, orderId: 't2', quantity: 4 }))
    await waitFor(() => expect(toasts().join()).toContain('Bought 10 AAPL at 189.00'))
    expect(toasts().join()).toContain('1,890.00 · order filled')
    expect(toasts().filter((text) => text?.includes('AAPL'))).toHaveLength(1)
  })

  it('lead to the page of the trade', async () => {
    const { accept, push, user } = renderPart(part)
    accept()
    await push('trade:executed', executed({ seq: 1, id: 'exec/7', orderId: 't3' }))
    await user.click(await screen.findByRole('button', { name: 'View' }))
    expect(window.location.pathname).toBe('/trades/exec%2F7')
    window.history.replaceState(null, '', '/')
  })

  it('sum up what happened while the user was away', async () => {
    const { socket, push } = renderPart(part)
    act(() => {
      socket.accept()
      for (const sent of socket.sent.splice(0))
        sent.answer({ ok: true, account: 'acc_1', seq: 6, replayed: 6 })
    })
    for (let seq = 1; seq <= 5; seq++) await push('trade:executed', executed({ seq, orderId: `r${seq}` }))
    await push('trade:failed', failed({ seq: 6 }))
    await waitFor(() => expect(toasts().join()).toContain('While you were away: 5 fills and 1 refused order'))
    expect(toasts()).toHaveLength(1)
  })
})
