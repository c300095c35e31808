export interface SparklineProps {
  readonly values: readonly number[]
  readonly className?: string
}

const WIDTH = 100
const HEIGHT = 28

/** A small line of what a price did lately. Decoration: the figures stand beside it. */
export function Sparkline({ values, className = '' }: SparklineProps) {
  if (values.length < 2) return <span className={className} />
  const low = Math.min(...values)
  const span = Math.max(...values) - low || 1
  const step = WIDTH / (values.length - 1)
  const points = values.map(
    (value, i) =>
      `${(i * step).toFixed(1)},${(HEIGHT - 2 - ((value - low) / span) * (HEIGHT - 4)).toFixed(1)}`,
  )
  const rising = (values.at(-1) ?? 0) >= (values[0] ?? 0)
  return (
    <svg
      aria-hidden="true"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      className={`${rising ? 'text-up' : 'text-down'} ${className}`}
    >
      <polyline
        points={points.join(' ')}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.25"
        strokeLinejoin="round"
        vectorEffect="non-scaling-stroke"
        opacity="0.75"
      />
    </svg>
  )
}
