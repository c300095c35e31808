import { act, screen, waitFor } from '@testing-library/react'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { executed, NOON, quote } from '../../packages/hooks/test/samples.ts'
import { growBar, markTrades, toBar } from '../src/features/chart/bars.ts'
import { fade } from '../src/features/chart/palette.ts'
import { PriceChart } from '../src/features/chart/price-chart.tsx'
import { setTheme } from '../src/shared/theme.ts'
import { renderPart } from './fixture.tsx'

const MINUTE = 60_000

/** The library as the plot sees it: what was drawn, without a canvas. */
const drawn = vi.hoisted(() => ({
  charts: 0,
  removed: 0,
  data: new Map<string, readonly unknown[]>(),
  updates: [] as unknown[],
  scrolls: [] as number[],
  marks: [] as readonly { text: string }[],
  pointAt: undefined as ((event: { time?: number }) => void) | undefined,
}))

vi.mock('lightweight-charts', () => {
  const series = (kind: string) => ({
    applyOptions: () => {},
    priceScale: () => ({ applyOptions: () => {} }),
    setData: (data: readonly unknown[]) => drawn.data.set(kind, data),
    update: (bar: unknown) => kind === 'candles' && drawn.updates.push(bar),
  })
  return {
    CandlestickSeries: 'candles',
    HistogramSeries: 'volume',
    ColorType: { Solid: 'solid' },
    CrosshairMode: { Magnet: 1 },
    TickMarkType: { Year: 0, Month: 1, DayOfMonth: 2, Time: 3, TimeWithSeconds: 4 },
    createChart: () => {
      drawn.charts += 1
      return {
        addSeries: series,
        applyOptions: () => {},
        timeScale: () => ({
          width: () => 300,
          subscribeSizeChange: () => {},
          scrollToPosition: (room: number) => drawn.scrolls.push(room),
        }),
        subscribeCrosshairMove: (listener: (event: { time?: number }) => void) => {
          drawn.pointAt = listener
        },
        remove: () => (drawn.removed += 1),
      }
    },
    createSeriesMarkers: () => ({ setMarkers: (marks: typeof drawn.marks) => (drawn.marks = marks) }),
  }
})

const candle = (minute: number, close = 189) => ({
  timestamp: NOON + minute * MINUTE,
  open: 188,
  high: 190,
  low: 187,
  close,
  volume: 1_000,
})

const CANDLES = 'GET /api/candles?symbol=AAPL&interval=1m'

async function chart() {
  const part = renderPart(<PriceChart symbol="AAPL" />, { [CANDLES]: { candles: [candle(0), candle(1)] } })
  part.accept()
  await waitFor(() => expect(drawn.data.get('candles')).toHaveLength(2))
  return part
}

beforeEach(() => {
  drawn.data.clear()
  drawn.updates.length = drawn.scrolls.length = 0
  drawn.marks = []
  drawn.charts = drawn.removed = 0
})

describe('bars', () => {
  const last = { bar: toBar(candle(0)), dayVolume: undefined }

  it('grow with quotes: close, extremes and what was traded since', () => {
    const first = growBar(last, quote({ price: 191, timestamp: NOON + 1_000, volume: 50_000 }), MINUTE)
    const second = growBar(first, quote({ price: 186, timestamp: NOON + 2_000, volume: 50_300 }), MINUTE)
    expect(second.bar).toEqual({ start: NOON, open: 188, high: 191, low: 186, close: 186, volume: 1_300 })
  })

  it('begin anew at the next interval, and never change the past', () => {
    const next = growBar(last, quote({ price: 192, timestamp: NOON + MINUTE + 5 }), MINUTE)
    expect(next.bar).toMatchObject({ start: NOON + MINUTE, open: 192, close: 192, volume: 0 })
    expect(growBar(next, quote({ price: 1, timestamp: NOON + 5 }), MINUTE)).toBe(next)
  })

  it('do not lose volume when the day begins again', () => {
    const before = { ...last, dayVolume: 90_000 }
    expect(growBar(before, quote({ timestamp: NOON, volume: 10 }), MINUTE).bar.volume).toBe(1_000)
  })

  it('carry a mark for each side that was traded in them', () => {
    const trades = [
      executed({ seq: 3, timestamp: NOON + 70_000, quantity: 2 }),
      executed({ seq: 2, timestamp: NOON + 65_000, quantity: 3 }),
      executed({ seq: 1, timestamp: NOON + 5_000, side: 'sell', quantity: 1 }),
      executed({ seq: 4, timestamp: NOON, symbol: 'MSFT' }),
      executed({ seq: 5, timestamp: NOON - MINUTE }),
    ]
    expect(markTrades(trades, 'AAPL', MINUTE, NOON)).toEqual([
      { start: NOON, side: 'sell', quantity: 1 },
      { start: NOON + MINUTE, side: 'buy', quantity: 5 },
    ])
  })
})

describe('price chart', () => {
  it('draws what was, once, and then only the last bar as it grows', async () => {
    const { push } = await chart()
    await push('quote:update', quote({ price: 195, timestamp: NOON + MINUTE + 1 }))
    await push('quote:update', quote({ price: 196, timestamp: NOON + 2 * MINUTE }))
    expect(drawn.updates.at(-1)).toMatchObject({ time: (NOON + 2 * MINUTE) / 1_000, open: 196 })
    expect(drawn.updates.at(-2)).toMatchObject({ high: 195, close: 195 })
    expect(drawn.data.get('candles')).toHaveLength(2)
    expect(drawn.charts).toBe(1)
    expect(screen.getByTestId('legend').textContent).toContain('Close196.00')
  })

  it('reads the bar under the pointer', async () => {
    await chart()
    act(() => drawn.pointAt?.({ time: NOON / 1_000 }))
    expect(screen.getByTestId('legend').textContent).toContain('Volume1,000')
    act(() => drawn.pointAt?.({}))
    expect(
      screen.getByRole('figure', { name: /Chart of AAPL, 2 candles of 1 minute: from 188.00/ }),
    ).toBeDefined()
  })

  it('marks own trades', async () => {
    const { push } = await chart()
    await push('trade:executed', executed({ seq: 1, timestamp: NOON + 1 }))
    expect(drawn.marks.map(({ text }) => text)).toEqual(['B 10'])
  })

  it('asks for other candles, and leaves nothing behind', async () => {
    const { user, rest, unmount } = await chart()
    rest.answers.set('GET /api/candles?symbol=AAPL&interval=1h', { candles: [candle(0)] })
    await user.click(screen.getByRole('radio', { name: '1 hour' }))
    await waitFor(() => expect(drawn.data.get('candles')).toHaveLength(1))
    unmount()
    expect(drawn.removed).toBe(drawn.charts)
  })

  it('asks for what it missed when the link is back', async () => {
    const { rest, socket, accept } = await chart()
    rest.answers.set(CANDLES, { candles: [candle(0), candle(1), candle(2)] })
    act(() => socket.drop())
    accept()
    await waitFor(() => expect(drawn.data.get('candles')).toHaveLength(3))
    expect(drawn.scrolls).toHaveLength(1) // what the trader looks at stays where it is
  })

  it('takes the colours of the page when they change', async () => {
    await chart()
    const before = drawn.data.get('volume')
    act(() => setTheme('light'))
    await waitFor(() => expect(drawn.data.get('volume')).not.toBe(before))
    act(() => setTheme('system'))
  })

  it('says why there is nothing to draw', async () => {
    const problem = { detail: 'The symbol AAPL is unknown.' }
    renderPart(<PriceChart symbol="AAPL" />, { [CANDLES]: Response.json(problem, { status: 404 }) })
    expect((await screen.findByRole('alert')).textContent).toBe('The symbol AAPL is unknown.')
    renderPart(<PriceChart symbol="" />)
    expect(screen.getByText(/Choose a symbol/)).toBeDefined()
  })
})

it('fades a colour for the volume', () => {
  expect(fade('rgb(1, 2, 3)')).toBe('rgba(1, 2, 3, 0.32)')
})
