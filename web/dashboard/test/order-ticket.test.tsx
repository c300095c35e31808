import { act, fireEvent, screen, waitFor } from '@testing-library/react'
import { describe, expect, it, vi } from 'vitest'
import { order, portfolio, quote } from '../../packages/hooks/test/samples.ts'
import { OrderTicket } from '../src/features/orders/order-ticket.tsx'
import { renderPart, withClient } from './fixture.tsx'

async function ticket(symbol = 'AAPL', settings: object = { review: false }) {
  const onSymbol = vi.fn()
  const part = renderPart(<OrderTicket symbol={symbol} onSymbol={onSymbol} paper />, {
    'GET /api/settings': settings,
  })
  part.rest.answers.set('POST /api/orders', { order: order({ status: 'filled' }) })
  part.accept()
  await part.push('portfolio:update', portfolio({ buyingPower: 2_000 }))
  await part.push('quote:update', quote({ price: 189, bid: 188.99, ask: 189.01 }))
  if (symbol !== '') await screen.findByText('Apple Inc.')
  await screen.findByRole('button', { name: 'review' in settings ? /^Buy/ : 'Review order' })
  return {
    ...part,
    onSymbol,
    quantity: () => screen.getByLabelText('Quantity'),
    button: () => screen.getByRole<HTMLButtonElement>('button', { name: /^(Buy|Sell|Placing|Review)/ }),
  }
}

describe('order ticket', () => {
  it('shows what a market order will cost, at the other side of the book', async () => {
    const { user, quantity, button } = await ticket()
    expect(button().disabled).toBe(true)
    await user.type(quantity(), '10')
    expect(screen.getByText('1,890.10')).toBeDefined()
    expect(screen.getByText('2,000.00')).toBeDefined()
    expect(button().textContent).toBe('Buy 10 AAPL')
    expect(button().disabled).toBe(false)
  })

  it.each([
    ['0', 'The quantity must be above 0'],
    ['ten', 'Enter a number, such as 10'],
    ['1.5', 'Whole shares only'],
    ['10001', 'At most 10,000 at once'],
    ['11', 'This costs 2,079.11; your buying power is 2,000.00'],
  ])('says at once what is wrong with the quantity %s', async (typed, sentence) => {
    const { user, quantity, button } = await ticket()
    await user.type(quantity(), typed)
    expect(screen.getByText(sentence)).toBeDefined()
    expect(button().disabled).toBe(true)
  })

  it('sells no more than is held', async () => {
    const { user, quantity, button } = await ticket()
    await user.click(screen.getByRole('radio', { name: 'Sell' }))
    await user.type(quantity(), '11')
    expect(screen.getByText('You hold 10 AAPL')).toBeDefined()
    await user.clear(quantity())
    await user.type(quantity(), '10')
    expect(screen.getByText('1,889.90')).toBeDefined()
    expect(button().disabled).toBe(false)
  })

  it('places a limit order with the keyboard alone', async () => {
    const { user, rest, quantity } = await ticket()
    await user.click(screen.getByRole('radio', { name: 'Limit' }))
    const price = screen.getByLabelText<HTMLInputElement>('Limit price')
    expect(price.value).toBe('189')
    await user.clear(price)
    await user.type(price, '150.001')
    expect(screen.getByText('In steps of 0.01')).toBeDefined()
    await user.clear(price)
    await user.type(price, '150.25')
    await user.click(screen.getByRole('radio', { name: 'Until canceled' }))
    await user.type(quantity(), '4{Enter}')
    await waitFor(() => expect(rest.sent('POST /api/orders')).toHaveLength(1))
    expect(rest.sent('POST /api/orders')[0]).toEqual({
      symbol: 'AAPL',
      side: 'buy',
      type: 'limit',
      quantity: 4,
      limitPrice: 150.25,
      timeInForce: 'gtc',
      clientOrderId: expect.stringMatching(/^web-[0-9a-f]{24}$/),
    })
    await waitFor(() => expect((quantity() as HTMLInputElement).value).toBe(''))
  })

  it('forgets the limit price when the symbol changes', async () => {
    const { user, client, rest, rerender } = await ticket()
    await user.click(screen.getByRole('radio', { name: 'Limit' }))
    rerender(withClient(client, <OrderTicket symbol="MSFT" onSymbol={() => {}} paper />, rest))
    expect(screen.getByLabelText<HTMLInputElement>('Limit price').value).toBe('')
  })

  it('sends one order however often the button is pressed', async () => {
    const { user, rest, quantity, button } = await ticket()
    let answer: (body: unknown) => void = () => {}
    rest.answers.set('POST /api/orders', new Promise((resolve) => (answer = resolve)))
    await user.type(quantity(), '3')
    await user.tripleClick(button())
    expect(button().textContent).toBe('Placing…')
    await act(async () => answer({ order: order() }))
    expect(rest.sent('POST /api/orders')).toHaveLength(1)
  })

  it('repeats an order whose answer was lost under the same id, and a new one under a new id', async () => {
    const { user, rest, quantity, button } = await ticket()
    rest.answers.set('POST /api/orders', new TypeError('Failed to fetch'))
    await user.type(quantity(), '3')
    await user.click(button())
    expect((await screen.findByRole('alert')).textContent).toMatch(/did not answer.*placed once at most/)
    rest.answers.set('POST /api/orders', { order: order() })
    await user.click(button())
    await waitFor(() => expect((quantity() as HTMLInputElement).value).toBe(''))
    await user.type(quantity(), '3')
    await user.click(button())
    await waitFor(() => expect(rest.sent('POST /api/orders')).toHaveLength(3))
    const ids = rest.sent('POST /api/orders').map((body) => (body as { clientOrderId: string }).clientOrderId)
    expect(ids[1]).toBe(ids[0])
    expect(ids[2]).not.toBe(ids[0])
  })

  it('shows the sentence of a refusal and keeps what was typed', async () => {
    const { user, rest, quantity, button } = await ticket()
    const problem = { detail: 'Trading in AAPL is halted.', code: 'symbol_halted' }
    rest.answers.set('POST /api/orders', Response.json(problem, { status: 422 }))
    await user.type(quantity(), '3')
    await user.click(button())
    expect((await screen.findByRole('alert')).textContent).toBe('Trading in AAPL is halted.')
    expect((quantity() as HTMLInputElement).value).toBe('3')
    await user.clear(quantity())
    expect(screen.queryByRole('alert')).toBeNull()
  })

  it('says that the broker has not answered yet', async () => {
    const { user, rest, quantity, button } = await ticket()
    rest.answers.set('POST /api/orders', { order: order({ status: 'unknown' }) })
    await user.type(quantity(), '3')
    await user.click(button())
    expect((await screen.findByRole('status')).textContent).toMatch(/has not answered/)
  })

  it('finds a symbol by name with the keyboard', async () => {
    const { user, onSymbol } = await ticket()
    const search = screen.getByRole('combobox', { name: 'Symbol' })
    await user.type(search, 'i')
    await screen.findByRole('option', { name: /Microsoft/ })
    await user.keyboard('{ArrowDown}')
    expect(screen.getByRole('option', { selected: true }).textContent).toMatch(/MSFT/)
    await user.keyboard('{ArrowUp}{ArrowUp}{Enter}')
    expect(onSymbol).toHaveBeenCalledWith('MSFT')
    await user.type(search, 'zzz')
    await screen.findByText('Nothing found')
    await user.keyboard('{Escape}')
    expect(screen.queryByRole('listbox')).toBeNull()
  })

  it('takes what was typed, not what is still listed, when Enter comes before the answer', async () => {
    const { user, onSymbol, rest } = await ticket('')
    const search = screen.getByRole('combobox', { name: 'Symbol' })
    let answer: (found: unknown) => void = () => {}
    rest.answers.set('GET /api/symbols?q=MSFT', new Promise((resolve) => (answer = resolve)))
    await user.type(search, 'MSF')
    await user.type(search, 'T{Enter}')
    expect(onSymbol).not.toHaveBeenCalled()
    await act(async () => answer({ symbols: [{ symbol: 'MSFT' }] }))
    expect(onSymbol.mock.calls).toEqual([['MSFT']])
  })

  it('is marked as paper', async () => {
    await ticket()
    expect(screen.getByText('PAPER')).toBeDefined()
  })

  it('shows the order once more before it is sent, and goes back to what was typed', async () => {
    const { user, rest, quantity } = await ticket('AAPL', {})
    await user.type(quantity(), '3{Enter}')
    const review = screen.getByRole('group', { name: 'Review' })
    for (const text of ['Buy 3 AAPL', 'Market', '567.03', '1,432.97', 'Paper, no real money']) {
      expect(review.textContent).toContain(text)
    }
    expect(rest.sent('POST /api/orders')).toHaveLength(0)
    await user.keyboard('{Escape}')
    expect(document.activeElement).toBe(quantity())
    expect((quantity() as HTMLInputElement).value).toBe('3')
    await user.click(screen.getByRole('button', { name: 'Review order' }))
    await user.click(screen.getByRole('button', { name: 'Change' }))
    await user.keyboard('{Enter}{Enter}')
    await waitFor(() => expect(document.activeElement).toBe(quantity()))
    expect(rest.sent('POST /api/orders')).toHaveLength(1)
  })

  it('confirms nothing by a double click on the button before, nor by a key held down', async () => {
    const { user, rest, quantity } = await ticket('AAPL', {})
    await user.type(quantity(), '3{Enter}')
    const confirm = screen.getByRole('button', { name: 'Buy 3 AAPL' })
    fireEvent.click(confirm, { detail: 2 })
    expect(fireEvent.keyDown(confirm, { key: 'Enter', repeat: true })).toBe(false)
    expect(rest.sent('POST /api/orders')).toHaveLength(0)
    await user.click(confirm)
    await waitFor(() => expect(rest.sent('POST /api/orders')).toHaveLength(1))
  })

  it('does not send what has become too dear while it was looked at', async () => {
    const { user, quantity, push } = await ticket('AAPL', {})
    await user.type(quantity(), '10{Enter}')
    await push('quote:update', quote({ price: 250, bid: 249.9, ask: 250 }))
    expect((await screen.findByRole('alert')).textContent).toMatch(/This costs 2,500.00/)
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Buy 10 AAPL' }).disabled).toBe(true)
  })
})
