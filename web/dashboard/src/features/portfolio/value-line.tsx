import { useTradewind, type Portfolio, type ValuePoint } from '@tradewind/react'
import { useQuery } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { formatAge, formatMoney } from '../../shared/format.ts'
import { appendLive, drawLine, joinSeries } from './value-series.ts'

const WIDTH = 600
const HEIGHT = 110

/** How the value moved: a point a minute from the server, then what is seen live. */
export function ValueLine({ portfolio }: { readonly portfolio: Portfolio }) {
  const { api } = useTradewind()
  const gradient = useId()
  const { data: recorded = [] } = useQuery({
    queryKey: ['history', portfolio.account],
    queryFn: () => api.history(),
    staleTime: Infinity,
  })
  const [live, setLive] = useState<readonly ValuePoint[]>([])
  const extended = appendLive(live, portfolio)
  if (extended !== live) setLive(extended)

  const points = joinSeries(recorded, extended)
  const drawn = drawLine(points, WIDTH, HEIGHT)
  const first = points[0]
  if (!drawn || !first) return <div className="min-h-28" />
  const span = formatAge(portfolio.asOf - first.timestamp)
  return (
    <svg
      role="img"
      aria-label={`Value over the last ${span}: from ${formatMoney(first.value)} to ${formatMoney(portfolio.totalValue)}`}
      viewBox={`0 -10 ${WIDTH} ${HEIGHT + 40}`}
      preserveAspectRatio="none"
      className="h-28 w-full self-end text-accent sm:h-36"
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
  )
}
