import type { OrderStatus } from '@tradewind/react'
import { screen, waitFor } from '@testing-library/react'
import { describe, expect, it, vi } from 'vitest'
import { order } from '../../packages/hooks/test/samples.ts'
import { BlotterPage } from '../src/features/orders/blotter-page.tsx'
import { statusWords } from '../src/features/orders/order-words.ts'
import { TradePage } from '../src/features/trades/trade-page.tsx'
import { renderPart } from './fixture.tsx'

const statuses = Object.keys(statusWords) as OrderStatus[]

describe('order blotter', () => {
  const rows = () => [...document.querySelectorAll<HTMLElement>('tr[data-order]')]

  it('shows every state in words, and a way out of those that are not over', async () => {
    const orders = statuses.map((status) => order({ id: status, status }))
    const { accept } = renderPart(<BlotterPage />, { 'GET /api/orders': { orders } })
    accept()
    await screen.findByText('Unknown, checking')
    for (const row of rows()) {
      const words = statusWords[row.dataset['status'] as OrderStatus]
      expect(row.querySelectorAll('td')[3]?.textContent).toBe(words)
    }
    const cancelable = rows().filter((row) => row.querySelector('button'))
    expect(cancelable.map((row) => row.dataset['status']).sort()).toEqual(
      ['accepted', 'canceling', 'partially_filled', 'replacing', 'submitting', 'unknown', 'working'].sort(),
    )
  })

  it('is narrowed to how orders ended', async () => {
    const orders = statuses.map((status) => order({ id: status, status }))
    const { accept, user } = renderPart(<BlotterPage />, { 'GET /api/orders': { orders } })
    accept()
    await user.click(await screen.findByRole('radio', { name: 'Refused 1' }))
    expect(rows().map((row) => row.dataset['status'])).toEqual(['rejected'])
    await user.click(screen.getByRole('radio', { name: 'Open 7' }))
    expect(rows()).toHaveLength(7)
  })

  it('cancels inline, follows by itself, and tells why not', async () => {
    const { accept, push, rest, user } = renderPart(<BlotterPage />, {
      'GET /api/orders': { orders: [order({ status: 'working', limitPrice: 150, type: 'limit' })] },
      'DELETE /api/orders/ord_1': Response.json({ detail: 'This order is over.' }, { status: 409 }),
    })
    accept()
    await user.click(await screen.findByRole('button', { name: 'Cancel: Buy 10 AAPL at 150.00' }))
    expect((await screen.findByRole('alert')).textContent).toBe('This order is over.')
    expect(rest.sent('DELETE /api/orders/ord_1')).toHaveLength(1)
    const canceled = order({ status: 'canceled', reason: 'Canceled on request.' })
    await push('order:update', { account: 'acc_1', seq: 1, timestamp: Date.now(), order: canceled })
    expect(screen.getByText('Canceled')).toBeDefined()
    expect(screen.queryByRole('button', { name: /^Cancel/ })).toBeNull()
  })

  it('saves all fills as a file, or says why not', async () => {
    const saved: string[] = []
    vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
      saved.push(`${this.download} ${this.href}`)
    })
    const blobs: Blob[] = []
    Object.assign(URL, {
      createObjectURL: (blob: Blob) => `blob:${blobs.push(blob)}`,
      revokeObjectURL: () => {},
    })
    const { user, rest } = renderPart(<BlotterPage />, { 'GET /api/trades.csv': new Response('time,id') })
    await screen.findByText('No such orders.')
    await user.click(screen.getByRole('button', { name: 'Export fills' }))
    await waitFor(() => expect(saved).toEqual(['trades.csv blob:1']))
    expect(await blobs[0]?.text()).toBe('time,id')
    rest.answers.set('GET /api/trades.csv', Response.json({ detail: 'Not now.' }, { status: 503 }))
    await user.click(screen.getByRole('button', { name: 'Export fills' }))
    expect((await screen.findByRole('alert')).textContent).toBe('Not now.')
  })
})

describe('trade page', () => {
  const trade = {
    id: 'exec_1',
    orderId: 'ord_1',
    symbol: 'AAPL',
    side: 'sell',
    quantity: 4,
    price: 189.5,
    timestamp: Date.now(),
    order: { ...order({ type: 'limit', limitPrice: 189, filledQuantity: 4, avgFillPrice: 189.5 }) },
  }

  it('tells what was traded and of which order', async () => {
    renderPart(<TradePage id="exec_1" />, { 'GET /api/trades/exec_1': { trade } })
    await screen.findByRole('heading', { name: 'Sold 4 AAPL' })
    expect(document.title).toBe('Sold 4 AAPL · Tradewind')
    for (const text of ['758.00', 'Limit at 189.00', '4 of 10', 'exec_1']) {
      expect(screen.getByText(text)).toBeDefined()
    }
  })

  it('says that there is none', async () => {
    renderPart(<TradePage id="exec_2" />)
    expect((await screen.findByRole('alert')).textContent).toBe('This account has no such trade.')
  })

  it('does not take an answer that it does not understand', async () => {
    renderPart(<TradePage id="exec_3" />, {
      'GET /api/trades/exec_3': { trade: { ...trade, price: 'dear' } },
    })
    expect((await screen.findByRole('alert', {}, { timeout: 8_000 })).textContent).toMatch(/not understood/)
  })
})
