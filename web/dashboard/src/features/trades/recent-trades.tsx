import { useTrades } from '@tradewind/react'
import { Link } from 'wouter'
import { formatMoney, formatPrice, formatQuantity, formatTime } from '../../shared/format.ts'
import { Empty, Panel } from '../../shared/panel.tsx'
import { sideWords } from '../../shared/side.ts'

const SHOWN = 12

/** The newest fills. */
export function RecentTrades() {
  const { trades, loading, error } = useTrades()
  return (
    <Panel title="Recent trades">
      {error && trades.length === 0 && (
        <p role="alert" className="px-5 pb-4 text-small text-down">
          {error.message}
        </p>
      )}
      {trades.length === 0 && !error && <Empty>{loading ? 'Loading…' : 'No trades yet.'}</Empty>}
      <ul className="pb-1">
        {trades.slice(0, SHOWN).map(({ id, side, symbol, quantity, price, timestamp }) => (
          <li
            key={id}
            data-trade={id}
            className="relative flex items-baseline justify-between gap-4 border-t border-line/60 px-5 py-2.5 transition-colors hover:bg-raised/60"
          >
            <div className="min-w-0">
              <Link
                href={`/trades/${encodeURIComponent(id)}`}
                className="block truncate after:absolute after:inset-0"
              >
                <span className={`font-medium ${sideWords[side].tone}`}>{sideWords[side].past}</span>{' '}
                {formatQuantity(quantity)} <span className="font-semibold">{symbol}</span>
                <span className="text-muted"> at {formatPrice(price)}</span>
              </Link>
              <p className="text-micro text-muted">{formatTime(timestamp)}</p>
            </div>
            <p>{formatMoney(quantity * price)}</p>
          </li>
        ))}
      </ul>
    </Panel>
  )
}
