import { useQuote, useTrades, type ServerTime, type TickerSymbol } from '@tradewind/react'
import { lazy, Suspense, useMemo, useState } from 'react'
import { Age } from '../../shared/age.tsx'
import { INTERVALS, type Interval } from '../../shared/desk-api.ts'
import { arrow, formatPercent, formatPrice, formatQuantity, formatSigned, tone } from '../../shared/format.ts'
import { Empty, Panel } from '../../shared/panel.tsx'
import { Segmented } from '../../shared/segmented.tsx'
import { Ticking } from '../../shared/ticking.tsx'
import { useInstrument } from '../../shared/use-instruments.ts'
import { intervalLength, markTrades, type Bar } from './bars.ts'
import { useBars } from './use-bars.ts'

const Plot = lazy(() => import('./plot.tsx').then(({ Plot: component }) => ({ default: component })))

const names: Readonly<Record<Interval, string>> = {
  '1m': '1 minute',
  '5m': '5 minutes',
  '15m': '15 minutes',
  '1h': '1 hour',
  '1d': '1 day',
}
const intervals = INTERVALS.map((value) => ({ value, label: value, name: names[value] }))

/** What the chosen symbol's price did and does, with the account's own trades. */
export function PriceChart({ symbol }: { readonly symbol: TickerSymbol }) {
  const [interval, setInterval] = useState<Interval>('1m')
  return (
    <Panel
      title={symbol === '' ? 'Chart' : `${symbol} chart`}
      aside={<Segmented legend="Candles of" value={interval} options={intervals} onChange={setInterval} />}
    >
      {symbol === '' ? (
        <Empty>Choose a symbol to see what its price did.</Empty>
      ) : (
        <Chart key={`${symbol} ${interval}`} symbol={symbol} interval={interval} />
      )}
    </Panel>
  )
}

function Chart({ symbol, interval }: { readonly symbol: TickerSymbol; readonly interval: Interval }) {
  const { bars, growing, loading, error } = useBars(symbol, interval)
  const { trades } = useTrades()
  const [pointed, setPointed] = useState<ServerTime>()
  const length = intervalLength[interval]
  const from = bars[0]?.start ?? Infinity
  const marks = useMemo(() => markTrades(trades, symbol, length, from), [trades, symbol, length, from])
  const shown = bars.find(({ start }) => start === pointed && start !== growing?.start) ?? growing
  return (
    <>
      <div className="flex flex-wrap items-end justify-between gap-x-6 gap-y-1 px-5 pb-3">
        <LastPrice symbol={symbol} />
        {shown && <Legend bar={shown} />}
      </div>
      {error && bars.length === 0 && (
        <p role="alert" className="px-5 pb-3 text-small text-down">
          {error.message}
        </p>
      )}
      <figure
        aria-label={describe(symbol, interval, bars, growing)}
        aria-busy={loading}
        className="relative mx-1 mb-1 h-64 overflow-hidden rounded-b-2xl sm:h-80"
      >
        {bars.length === 0 ? (
          loading && <Skeleton />
        ) : (
          <Suspense fallback={<Skeleton />}>
            <Plot bars={bars} growing={growing} marks={marks} onPoint={setPointed} />
          </Suspense>
        )}
      </figure>
    </>
  )
}

function LastPrice({ symbol }: { readonly symbol: TickerSymbol }) {
  const quote = useQuote(symbol)
  const instrument = useInstrument(symbol)
  const { value } = quote
  return (
    <div className="min-w-0">
      <p className="truncate text-small text-muted">{instrument?.name ?? ' '}</p>
      {value && (
        <p className="dim-when-old flex flex-wrap items-baseline gap-x-3" data-state={quote.state}>
          <Ticking value={value.price} arrow="after" className="text-figure font-semibold tracking-tight">
            {formatPrice(value.price)}
          </Ticking>
          <span className={`text-small ${tone(value.change)}`}>
            <span aria-hidden="true">{arrow(value.change)} </span>
            {formatSigned(value.change)} {formatPercent(value.changePercent)}
          </span>
          <Age live={quote} />
        </p>
      )}
    </div>
  )
}

/** The bar under the pointer, else the newest. */
function Legend({ bar }: { readonly bar: Bar }) {
  const figures = [
    ['Open', formatPrice(bar.open)],
    ['High', formatPrice(bar.high)],
    ['Low', formatPrice(bar.low)],
    ['Close', formatPrice(bar.close)],
    ['Volume', formatQuantity(bar.volume)],
  ] as const
  return (
    <dl className="flex flex-wrap gap-x-4 text-micro" data-testid="legend">
      {figures.map(([label, figure]) => (
        <div key={label} className="flex gap-1.5">
          <dt className="text-muted">{label}</dt>
          <dd className="min-w-10">{figure}</dd>
        </div>
      ))}
    </dl>
  )
}

const Skeleton = () => <div className="absolute inset-4 rounded-lg bg-raised motion-safe:animate-pulse" />

function describe(
  symbol: TickerSymbol,
  interval: Interval,
  bars: readonly Bar[],
  growing: Bar | undefined,
): string {
  const first = bars[0]
  if (!first || !growing) return `Chart of ${symbol}`
  const low = Math.min(growing.low, ...bars.map((bar) => bar.low))
  const high = Math.max(growing.high, ...bars.map((bar) => bar.high))
  return `Chart of ${symbol}, ${bars.length} candles of ${names[interval]}: from ${formatPrice(first.open)}, between ${formatPrice(low)} and ${formatPrice(high)}`
}
