import type { Money } from '@tradewind/react'
import { Age } from '../../shared/age.tsx'
import { arrow, formatMoney, formatPercent, formatSigned, tone } from '../../shared/format.ts'
import { Ticking } from '../../shared/ticking.tsx'
import { EquityChart } from './equity-chart.tsx'
import { useValuation } from './use-valuation.ts'

/** What the account is worth, and how the day went. */
export function PortfolioHeader() {
  const live = useValuation()
  const portfolio = live.value
  if (!portfolio) {
    return (
      <section
        aria-label="Portfolio"
        aria-busy="true"
        className="rounded-2xl border border-line bg-panel p-6"
      >
        <p className="text-small text-muted">Portfolio value</p>
        <div className="mt-3 h-13 w-64 rounded-lg bg-raised motion-safe:animate-pulse" />
        <div className="mt-24 h-10 rounded-lg bg-raised motion-safe:animate-pulse" />
      </section>
    )
  }
  const { totalValue, dayChange, dayChangePercent, currency } = portfolio
  return (
    <section aria-label="Portfolio" className="overflow-hidden rounded-2xl border border-line bg-panel">
      <div className="grid gap-x-8 sm:grid-cols-[auto_minmax(0,1fr)]">
        <div className="px-6 pt-5 sm:pb-5">
          <p className="flex items-baseline gap-3 text-small text-muted">
            Portfolio value <Age live={live} />
          </p>
          <p
            data-testid="total-value"
            data-state={live.state}
            className="dim-when-old mt-1 text-hero font-semibold tracking-tight"
          >
            <Ticking value={totalValue} arrow="after" className="[--flash-strength:40%]">
              <Amount value={totalValue} />
            </Ticking>
            <span className="ml-1 text-small font-normal tracking-normal text-muted">{currency}</span>
          </p>
          <p data-state={live.state} className={`dim-when-old mt-2 text-lead font-medium ${tone(dayChange)}`}>
            <span aria-hidden="true" className="mr-1.5 text-[0.7em]">
              {arrow(dayChange)}
            </span>
            {formatSigned(dayChange)}
            <span className="ml-2">{formatPercent(dayChangePercent)}</span>
            <span className="ml-2 text-small font-normal text-muted">today</span>
          </p>
        </div>
        <EquityChart portfolio={portfolio} />
      </div>
      <dl
        data-state={live.state}
        className="dim-when-old grid grid-cols-2 gap-px border-t border-line bg-line sm:grid-cols-5"
      >
        <Figure label="Cash" value={portfolio.cash} />
        <Figure label="Buying power" value={portfolio.buyingPower} />
        <Figure label="Invested" value={portfolio.marketValue} />
        <Figure label="Unrealised" value={portfolio.unrealizedPnl} signed />
        <Figure label="Realised" value={portfolio.realizedPnl} signed className="max-sm:col-span-2" />
      </dl>
    </section>
  )
}

/** The cents are smaller, so that the eye finds the thousands. */
function Amount({ value }: { readonly value: Money }) {
  const [whole, cents] = formatMoney(value).split('.')
  return (
    <>
      {whole}
      <span className="text-[0.6em] text-muted">.{cents}</span>
    </>
  )
}

interface FigureProps {
  readonly label: string
  readonly value: Money
  readonly signed?: boolean
  readonly className?: string
}

function Figure({ label, value, signed = false, className = '' }: FigureProps) {
  return (
    <div className={`bg-panel px-6 py-3.5 ${className}`}>
      <dt className="text-micro text-muted">{label}</dt>
      <dd className={`mt-0.5 font-medium ${signed ? tone(value) : ''}`}>
        {signed ? formatSigned(value) : formatMoney(value)}
      </dd>
    </div>
  )
}
