import { act, fireEvent, screen, waitFor, within } from '@testing-library/react'
import { describe, expect, it, vi } from 'vitest'
import { NOON, portfolio, quote } from '../../packages/hooks/test/samples.ts'
import { PortfolioHeader } from '../src/features/portfolio/portfolio-header.tsx'
import { PositionsTable } from '../src/features/portfolio/positions-table.tsx'
import {
  appendLive,
  drawLine,
  joinSeries,
  nearestPoint,
  placeOf,
  thin,
} from '../src/features/portfolio/value-series.ts'
import { renderPart } from './fixture.tsx'

const at = (price: number) => {
  const [position] = portfolio().positions
  if (!position) throw new Error('the sample has a position')
  return portfolio({ positions: [{ ...position, price, marketValue: price * 10 }] })
}

function motion(welcome: boolean) {
  vi.stubGlobal('matchMedia', () => ({ matches: !welcome }))
}

describe('portfolio', () => {
  it('shows value, day and the parts, and changes by itself', async () => {
    const { accept, push } = renderPart(<PortfolioHeader />)
    accept()
    await push('portfolio:update', portfolio({ asOf: Date.now() }))
    const header = screen.getByRole('region', { name: 'Portfolio' })
    expect(screen.getByTestId('total-value').textContent).toContain('99,890.00')
    for (const text of ['+17.50', '+0.02%', 'Buying power', '96,000.00', '−3.10', 'now']) {
      expect(header.textContent).toContain(text)
    }
    await push(
      'portfolio:update',
      portfolio({ totalValue: 100_001.5, dayChange: -2, dayChangePercent: -0.01 }),
    )
    expect(screen.getByTestId('total-value').textContent).toContain('100,001.50')
    expect(header.textContent).toContain('▼−2.00')
  })

  it('dims when the link is lost', async () => {
    const { accept, push, socket } = renderPart(<PortfolioHeader />)
    accept()
    await push('portfolio:update', portfolio({ asOf: Date.now() }))
    expect(screen.getByTestId('total-value').dataset['state']).toBe('live')
    act(() => socket.drop())
    expect(screen.getByTestId('total-value').dataset['state']).toBe('delayed')
    expect(screen.getByText(/^delayed/)).toBeDefined()
  })

  it('is stale while a feed is late, though it arrives in time', async () => {
    const { accept, push } = renderPart(<PortfolioHeader />)
    accept()
    await push('portfolio:update', portfolio({ asOf: Date.now() }))
    await push('feed:status', { source: 'sim', state: 'stalled', since: Date.now() })
    expect(screen.getByTestId('total-value').dataset['state']).toBe('stale')
    expect(screen.getByText(/^stale/)).toBeDefined()
    await push('feed:status', { source: 'sim', state: 'closed', since: Date.now() })
    expect(screen.getByTestId('total-value').dataset['state']).toBe('live')
  })

  it('shows positions and leads to the ticket', async () => {
    const onSelect = vi.fn()
    const { accept, push, user } = renderPart(<PositionsTable onSelect={onSelect} />)
    accept()
    await push('portfolio:update', at(189))
    const row = screen.getByRole('row', { name: /AAPL/ })
    for (const text of ['187.25', '189.00', '1,890.00', '+17.50', '+0.93%'])
      expect(row.textContent).toContain(text)
    await user.click(within(row).getByRole('button', { name: 'Trade AAPL' }))
    expect(onSelect).toHaveBeenCalledWith('AAPL')
  })

  it('flashes a price that changed with its direction, and not at all with reduced motion', async () => {
    motion(true)
    const { accept, push, unmount } = renderPart(<PositionsTable onSelect={() => {}} />)
    accept()
    await push('portfolio:update', at(189))
    expect(document.querySelector('[data-direction]')).toBeNull()
    await push('portfolio:update', at(188))
    expect(screen.getByText('188.00').dataset['direction']).toBe('down')
    expect(screen.getByText('▼').getAttribute('aria-hidden')).toBe('true')
    unmount()

    motion(false)
    const still = renderPart(<PositionsTable onSelect={() => {}} />)
    still.accept()
    await still.push('portfolio:update', at(189))
    await still.push('portfolio:update', at(190))
    expect(screen.getByText('190.00').dataset['direction']).toBeUndefined()
  })

  it('sorts by any column, both ways, and says how', async () => {
    const { accept, push, user } = renderPart(<PositionsTable onSelect={() => {}} />)
    accept()
    const [aapl] = portfolio().positions
    if (!aapl) throw new Error('the sample has a position')
    const msft = { ...aapl, symbol: 'MSFT', marketValue: 5_000, unrealizedPnl: -2 }
    await push('portfolio:update', portfolio({ positions: [msft, aapl] }))
    const symbols = () => screen.getAllByRole('rowheader').map((cell) => cell.textContent?.slice(0, 4))
    expect(symbols()).toEqual(['AAPL', 'MSFT'])
    await user.click(screen.getByRole('button', { name: 'Value' }))
    expect(symbols()).toEqual(['MSFT', 'AAPL'])
    expect(screen.getByRole('columnheader', { name: 'Value' }).getAttribute('aria-sort')).toBe('descending')
    await user.click(screen.getByRole('button', { name: 'Value' }))
    expect(symbols()).toEqual(['AAPL', 'MSFT'])
    await user.click(screen.getByRole('button', { name: 'Profit or loss' }))
    expect(symbols()).toEqual(['AAPL', 'MSFT'])
    expect(screen.getByRole('columnheader', { name: 'Value' }).getAttribute('aria-sort')).toBeNull()
  })

  it('says how old the price of a position is and dims it when it is late', async () => {
    const { accept, push } = renderPart(<PositionsTable onSelect={() => {}} />)
    accept()
    await push('portfolio:update', at(189))
    await push('quote:update', quote({ state: 'stale', timestamp: Date.now() - 65_000 }))
    const cell = document.querySelector<HTMLElement>('[data-cell="price"]')
    expect(cell?.dataset['state']).toBe('stale')
    expect(cell?.textContent).toContain('stale · 1 min')
  })

  it('says that there are none', async () => {
    const { accept, push } = renderPart(<PositionsTable onSelect={() => {}} />)
    expect(screen.getByText('Loading…')).toBeDefined()
    accept()
    await push('portfolio:update', portfolio({ positions: [] }))
    expect(screen.getByText(/No positions yet/)).toBeDefined()
  })
})

describe('the line of values', () => {
  it('continues what was recorded with what is seen, two seconds apart', () => {
    const first = appendLive([], portfolio({ asOf: NOON, totalValue: 5 }))
    expect(appendLive(first, portfolio({ asOf: NOON + 1_999 }))).toBe(first)
    const second = appendLive(first, portfolio({ asOf: NOON + 2_000, totalValue: 6 }))
    const recorded = [
      { timestamp: NOON - 60_000, value: 4 },
      { timestamp: NOON + 1, value: 9 },
    ]
    expect(joinSeries(recorded, second).map(({ value }) => value)).toEqual([4, 5, 6])
  })

  it('does not grow without end', () => {
    let points = appendLive([], portfolio())
    for (let i = 1; i < 2_000; i++) points = appendLive(points, portfolio({ asOf: NOON + i * 2_000 }))
    expect(points.length).toBeLessThanOrEqual(900)
  })

  it('has no more points than pixels, and keeps both ends', () => {
    const points = Array.from({ length: 10_001 }, (_, i) => ({ timestamp: i, value: i }))
    const drawn = thin(points)
    expect(drawn.length).toBeLessThanOrEqual(602)
    expect([drawn[0], drawn.at(-1)]).toEqual([points[0], points.at(-1)])
  })

  it('finds the point under the pointer', () => {
    const points = [0, 10, 100].map((timestamp) => ({ timestamp, value: timestamp }))
    expect(nearestPoint(points, 0.09)?.value).toBe(10)
    expect(nearestPoint(points, 2)?.value).toBe(100)
    expect(points.map((point) => placeOf(points, point))).toEqual([0, 0.1, 1])
  })

  it('is loaded for a day, and for longer when asked; the pointer reads it', async () => {
    const now = Date.now()
    const points = [
      { timestamp: now - 7_200_000, value: 90_000 },
      { timestamp: now - 3_600_000, value: 99_000 },
    ]
    const { accept, push, user, rest } = renderPart(<PortfolioHeader />, {
      'GET /api/portfolio/history': { points },
    })
    accept()
    await push('portfolio:update', portfolio({ asOf: now }))
    const chart = await screen.findByRole('img', { name: /from 90,000.00 to 99,890.00/ })
    expect(screen.getByTestId('equity-readout').textContent).toBe('Low 90,000.00High 99,890.00')
    vi.spyOn(Element.prototype, 'getBoundingClientRect').mockReturnValue(new DOMRect(0, 0, 100, 100))
    fireEvent.pointerMove(chart, { clientX: 2 })
    expect(screen.getByTestId('equity-readout').textContent).toMatch(/^90,000.00/)
    await user.click(screen.getByRole('radio', { name: 'Week' }))
    await waitFor(() => {
      const asked = rest.requests.filter(({ request }) => request.includes('/history'))
      expect(asked).toHaveLength(2)
      const since = Number(asked[1]?.request.split('since=')[1])
      expect(Math.abs(now - 7 * 86_400_000 - since)).toBeLessThan(60_000)
    })
  })

  it('is drawn from two points on', () => {
    expect(drawLine([{ timestamp: 0, value: 1 }], 100, 10)).toBeUndefined()
    const points = [0, 50, 100].map((timestamp) => ({ timestamp, value: timestamp }))
    expect(drawLine(points, 100, 10)?.line).toBe('M0.0 10.0L50.0 5.0L100.0 0.0')
  })
})
