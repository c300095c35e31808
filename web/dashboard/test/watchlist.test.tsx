import { act, fireEvent, screen, waitFor } from '@testing-library/react'
import { describe, expect, it, vi } from 'vitest'
import { quote } from '../../packages/hooks/test/samples.ts'
import { Watchlist } from '../src/features/watchlist/watchlist.tsx'
import { answerSubscriptions, renderPart } from './fixture.tsx'

function watchlist(symbols: readonly string[]) {
  const onSelect = vi.fn()
  const part = renderPart(<Watchlist onSelect={onSelect} />, {
    'GET /api/watchlist': { symbols },
    'PUT /api/watchlist': { symbols },
  })
  part.accept()
  return { ...part, onSelect }
}

describe('watchlist', () => {
  it('shows price, change and age of what is on the list', async () => {
    const { socket, push, user, onSelect } = watchlist(['AAPL', 'NOPE'])
    await screen.findByRole('button', { name: 'Trade AAPL' })
    await waitFor(() => expect(socket.sent.at(-1)?.payload).toEqual(['AAPL', 'NOPE']))
    act(() =>
      socket.sent
        .splice(0)
        .at(-1)
        ?.answer({
          ok: true,
          accepted: ['AAPL'],
          rejected: [{ symbol: 'NOPE', code: 'unknown_symbol', message: 'Unknown symbol' }],
        }),
    )
    await push('quote:update', quote({ timestamp: Date.now() - 65_000 }))
    const row = document.querySelector('[data-symbol="AAPL"]')
    for (const text of ['189.00', '−0.58%', '1 min']) expect(row?.textContent).toContain(text)
    expect(screen.getByText('Unknown symbol')).toBeDefined()
    await push('quote:update', quote({ state: 'halted' }))
    expect(row?.textContent).toContain('halted')
    await user.click(screen.getByRole('button', { name: 'Trade AAPL' }))
    expect(onSelect).toHaveBeenCalledWith('AAPL')
  })

  it('adds what was searched for and keeps it on the server', async () => {
    const { socket, rest, user } = watchlist(['AAPL'])
    await screen.findByRole('button', { name: 'Trade AAPL' })
    await user.type(screen.getByRole('combobox'), 'micro')
    await user.click(await screen.findByRole('option', { name: /MSFT/ }))
    await screen.findByRole('button', { name: 'Trade MSFT' })
    await waitFor(() => expect(rest.sent('PUT /api/watchlist')).toEqual([{ symbols: ['MSFT', 'AAPL'] }]))
    await waitFor(() => {
      act(() => answerSubscriptions(socket))
      expect(rest.requests.length).toBeGreaterThan(0)
    })
  })

  it('does not offer what is on the list already', async () => {
    const { user } = watchlist(['AAPL'])
    await screen.findByRole('button', { name: 'Trade AAPL' })
    await user.type(screen.getByRole('combobox'), 'aapl')
    await screen.findByText('Nothing found')
  })

  it('removes, and puts it back with a reason when the server refuses', async () => {
    const { rest, user } = watchlist(['AAPL', 'MSFT'])
    rest.answers.set('PUT /api/watchlist', Response.json({ detail: 'Not today.' }, { status: 422 }))
    await user.click(await screen.findByRole('button', { name: 'Remove MSFT from the watchlist' }))
    expect((await screen.findByRole('alert')).textContent).toBe('Not today.')
    await screen.findByRole('button', { name: 'Trade MSFT' })
  })

  it('suggests a start when the list is empty', async () => {
    const { rest, user } = watchlist([])
    await user.click(await screen.findByRole('button', { name: 'NVDA' }))
    await user.click(await screen.findByRole('button', { name: 'Remove NVDA from the watchlist' }))
    await waitFor(() =>
      expect(rest.sent('PUT /api/watchlist')).toEqual([{ symbols: ['NVDA'] }, { symbols: [] }]),
    )
  })

  it('shows bid and ask', async () => {
    const { push } = watchlist(['AAPL'])
    await screen.findByRole('button', { name: 'Trade AAPL' })
    await push('quote:update', quote({ bid: 188.98, ask: 189.02 }))
    expect(document.querySelector('[data-cell="spread"]')?.textContent).toContain('188.98 / 189.02')
  })

  it('is put in order with buttons, says where a symbol went and keeps it on the server', async () => {
    const { rest, user } = watchlist(['AAPL', 'MSFT', 'NVDA'])
    await user.click(await screen.findByRole('button', { name: 'Arrange' }))
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Move AAPL up' }).disabled).toBe(true)
    await user.click(screen.getByRole('button', { name: 'Move NVDA up' }))
    expect(screen.getByRole('status').textContent).toBe('NVDA is number 2 of 3')
    await waitFor(() =>
      expect(rest.sent('PUT /api/watchlist')).toEqual([{ symbols: ['AAPL', 'NVDA', 'MSFT'] }]),
    )
  })

  it('is put in order by dragging', async () => {
    const { rest } = watchlist(['AAPL', 'MSFT', 'NVDA'])
    await screen.findByRole('button', { name: 'Trade AAPL' })
    const [first, , last] = screen.getAllByRole('listitem') as [HTMLElement, HTMLElement, HTMLElement]
    const data = new Map<string, string>()
    const dataTransfer = {
      setData: (type: string, value: string) => void data.set(type, value),
      getData: (type: string) => data.get(type) ?? '',
      get types() {
        return [...data.keys()]
      },
    }
    fireEvent.dragStart(first, { dataTransfer })
    expect(fireEvent.dragOver(last, { dataTransfer })).toBe(false)
    fireEvent.drop(last, { dataTransfer })
    await waitFor(() =>
      expect(rest.sent('PUT /api/watchlist')).toEqual([{ symbols: ['MSFT', 'NVDA', 'AAPL'] }]),
    )
  })
})
