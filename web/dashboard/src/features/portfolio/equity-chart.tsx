import type { Portfolio, ValuePoint } from '@tradewind/react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useId, useState, type PointerEvent } from 'react'
import { formatMoney, formatPercent, formatTime, tone } from '../../shared/format.ts'
import { Segmented } from '../../shared/segmented.tsx'
import { useDeskApi } from '../../shared/use-desk-api.tsx'
import { appendLive, drawLine, joinSeries, nearestPoint, placeOf, thin } from './value-series.ts'

const WIDTH = 600
const HEIGHT = 110
const DAY = 86_400_000

const ranges = {
  day: { label: '1D', name: 'Day', length: DAY },
  week: { label: '1W', name: 'Week', length: 7 * DAY },
  month: { label: '1M', name: 'Month', length: 30 * DAY },
} as const
type Range = keyof typeof ranges
const options = (['day', 'week', 'month'] as const).map((value) => ({ value, ...ranges[value] }))

/** How the value moved: what the server recorded, then what is seen live. */
export function EquityChart({ portfolio }: { readonly portfolio: Portfolio }) {
  const api = useDeskApi()
  const [range, setRange] = useState<Range>('day')
  const { data: recorded = [], error } = useQuery({
    queryKey: ['history', portfolio.account, range],
    queryFn: () => api.history(Date.now() - ranges[range].length),
    staleTime: Infinity,
    placeholderData: keepPreviousData,
  })
  const [live, setLive] = useState<readonly ValuePoint[]>([])
  const extended = appendLive(live, portfolio)
  if (extended !== live) setLive(extended)
  const points = thin(joinSeries(recorded, extended))
  return (
    <div className="flex min-w-0 flex-col pt-3 max-sm:pt-5">
      <div className="flex justify-end px-5 max-sm:justify-start">
        <Segmented legend="Value over a" value={range} options={options} onChange={setRange} />
      </div>
      {error && (
        <p role="alert" className="px-5 pt-2 text-small text-down sm:text-right">
          {error.message}
        </p>
      )}
      <Line points={points} />
    </div>
  )
}

function Line({ points }: { readonly points: readonly ValuePoint[] }) {
  const gradient = useId()
  const [pointed, setPointed] = useState<number>()
  const drawn = drawLine(points, WIDTH, HEIGHT)
  const first = points[0]
  const last = points.at(-1)
  if (!drawn || !first || !last) return <div className="min-h-28" />

  const values = points.map(({ value }) => value)
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const shown = pointed === undefined ? undefined : nearestPoint(points, pointed)
  const onPointerMove = ({ clientX, currentTarget }: PointerEvent<HTMLDivElement>) => {
    const { left, width } = currentTarget.getBoundingClientRect()
    setPointed((clientX - left) / width)
  }
  return (
    <div
      className="relative mt-1 min-h-28 flex-1 text-accent"
      onPointerMove={onPointerMove}
      onPointerLeave={() => setPointed(undefined)}
    >
      <p
        data-testid="equity-readout"
        className="pointer-events-none absolute inset-x-5 top-0 z-1 flex justify-between text-micro text-muted"
      >
        {shown ? <Readout point={shown} first={first} /> : <Extremes low={low} high={high} />}
      </p>
      <svg
        role="img"
        aria-label={`Value since ${formatTime(first.timestamp)}: from ${formatMoney(first.value)} to ${formatMoney(last.value)}, between ${formatMoney(low)} and ${formatMoney(high)}`}
        viewBox={`0 -24 ${WIDTH} ${HEIGHT + 44}`}
        preserveAspectRatio="none"
        className="absolute inset-0 size-full"
      >
        <defs>
          <linearGradient id={gradient} x1="0" y1="0" x2="0" y2="1">
            <stop offset="0" stopColor="currentColor" stopOpacity="0.22" />
            <stop offset="1" stopColor="currentColor" stopOpacity="0" />
          </linearGradient>
        </defs>
        <path d={drawn.area} fill={`url(#${gradient})`} />
        <path
          d={drawn.line}
          fill="none"
          stroke="currentColor"
          strokeWidth="1.5"
          strokeLinejoin="round"
          vectorEffect="non-scaling-stroke"
        />
      </svg>
      {shown && (
        <span
          aria-hidden="true"
          className="pointer-events-none absolute inset-y-0 w-px bg-accent/60"
          style={{ left: `${placeOf(points, shown) * 100}%` }}
        />
      )}
    </div>
  )
}

interface ReadoutProps {
  readonly point: ValuePoint
  readonly first: ValuePoint
}

/** The value under the pointer, and how far it is from where the line begins. */
function Readout({ point, first }: ReadoutProps) {
  const change = point.value - first.value
  return (
    <>
      <span className="font-medium text-text">{formatMoney(point.value)}</span>
      <span>
        <span className={tone(change)}>{formatPercent((change / first.value) * 100)}</span>{' '}
        {formatTime(point.timestamp)}
      </span>
    </>
  )
}

function Extremes({ low, high }: { readonly low: number; readonly high: number }) {
  return (
    <>
      <span>Low {formatMoney(low)}</span>
      <span>High {formatMoney(high)}</span>
    </>
  )
}
