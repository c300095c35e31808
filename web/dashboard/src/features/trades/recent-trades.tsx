import { useTrades } from '@tradewind/react'
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
            className="flex items-baseline justify-between gap-4 border-t border-line/60 px-5 py-2.5"
          >
            <div className="min-w-0">
              <p className="truncate">
                <span className={`font-medium ${sideWords[side].tone}`}>{sideWords[side].past}</span>{' '}
                {formatQuantity(quantity)} <span className="font-semibold">{symbol}</span>
                <span className="text-muted"> at {formatPrice(price)}</span>
              </p>
              <p className="text-micro text-muted">{formatTime(timestamp)}</p>
            </div>
            <p>{formatMoney(quantity * price)}</p>
          </li>
        ))}
      </ul>
    </Panel>
  )
}
