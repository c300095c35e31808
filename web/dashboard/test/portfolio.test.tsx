import { act, screen, within } from '@testing-library/react'
import { describe, expect, it, vi } from 'vitest'
import { NOON, portfolio } from '../../packages/hooks/test/samples.ts'
import { PortfolioHeader } from '../src/features/portfolio/portfolio-header.tsx'
import { PositionsTable } from '../src/features/portfolio/positions-table.tsx'
import { appendLive, drawLine, joinSeries } from '../src/features/portfolio/value-series.ts'
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

  it('is drawn from two points on', () => {
    expect(drawLine([{ timestamp: 0, value: 1 }], 100, 10)).toBeUndefined()
    const points = [0, 50, 100].map((timestamp) => ({ timestamp, value: timestamp }))
    expect(drawLine(points, 100, 10)?.line).toBe('M0.0 10.0L50.0 5.0L100.0 0.0')
  })
})
