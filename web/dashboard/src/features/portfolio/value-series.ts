import type { Portfolio, ValuePoint } from '@tradewind/react'

/** A live point at most this often. */
const LIVE_INTERVAL_MS = 2_000
const MAX_LIVE_POINTS = 900

/** Adds the portfolio's value to the points seen live, if it is time for one. Returns the same list if not. */
export function appendLive(points: readonly ValuePoint[], portfolio: Portfolio): readonly ValuePoint[] {
  const last = points.at(-1)
  if (last && portfolio.asOf - last.timestamp < LIVE_INTERVAL_MS) return points
  return [...points.slice(1 - MAX_LIVE_POINTS), { timestamp: portfolio.asOf, value: portfolio.totalValue }]
}

/** What was recorded, continued by what was seen live. */
export function joinSeries(
  recorded: readonly ValuePoint[],
  live: readonly ValuePoint[],
): readonly ValuePoint[] {
  const from = live[0]?.timestamp ?? Infinity
  return [...recorded.filter(({ timestamp }) => timestamp < from), ...live]
}

export interface Line {
  readonly line: string
  readonly area: string
}

/** SVG paths in a box of that size; time runs to the right in proportion. */
export function drawLine(points: readonly ValuePoint[], width: number, height: number): Line | undefined {
  const first = points[0]
  const last = points.at(-1)
  if (!first || !last || last.timestamp <= first.timestamp) return undefined
  const values = points.map(({ value }) => value)
  const low = Math.min(...values)
  const span = Math.max(...values) - low || 1
  const x = (time: number) => ((time - first.timestamp) / (last.timestamp - first.timestamp)) * width
  const y = (value: number) => height - ((value - low) / span) * height
  const line = points
    .map(
      ({ timestamp, value }, i) => `${i === 0 ? 'M' : 'L'}${x(timestamp).toFixed(1)} ${y(value).toFixed(1)}`,
    )
    .join('')
  return { line, area: `${line}V${height * 2}H0Z` }
}

/** A line has no room for more points than pixels. */
const MAX_DRAWN = 600

/** Leaves points out evenly where there are too many; the first and the last stay. */
export function thin(points: readonly ValuePoint[]): readonly ValuePoint[] {
  const step = Math.ceil(points.length / MAX_DRAWN)
  if (step <= 1) return points
  return points.filter((_, index) => index % step === 0 || index === points.length - 1)
}

/** Where a point is between the first and the last, from 0 to 1. */
export function placeOf(points: readonly ValuePoint[], { timestamp }: ValuePoint): number {
  const from = points[0]?.timestamp ?? timestamp
  const span = (points.at(-1)?.timestamp ?? timestamp) - from
  return span === 0 ? 0 : (timestamp - from) / span
}

/** The point that is nearest to a place between 0 and 1. */
export function nearestPoint(points: readonly ValuePoint[], place: number): ValuePoint | undefined {
  let nearest: ValuePoint | undefined
  let distance = Infinity
  for (const point of points) {
    const away = Math.abs(placeOf(points, point) - place)
    if (away < distance) [nearest, distance] = [point, away]
  }
  return nearest
}
