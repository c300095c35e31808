import { usePortfolio, type Position, type TickerSymbol } from '@tradewind/react'
import { memo } from 'react'
import {
  formatMoney,
  formatPercent,
  formatPrice,
  formatQuantity,
  formatSigned,
  tone,
} from '../../shared/format.ts'
import { Empty, Panel } from '../../shared/panel.tsx'
import { Ticking } from '../../shared/ticking.tsx'

export interface PositionsTableProps {
  /** The user wants to trade this one. */
  readonly onSelect: (symbol: TickerSymbol) => void
}

/** What the account holds, at current prices. */
export function PositionsTable({ onSelect }: PositionsTableProps) {
  const { value: portfolio, state } = usePortfolio()
  const positions = portfolio?.positions ?? []
  return (
    <Panel
      title="Positions"
      aside={positions.length > 0 && <span className="text-small text-muted">{positions.length}</span>}
    >
      {positions.length === 0 ? (
        <Empty>{portfolio ? 'No positions yet. Find a symbol and place a first order.' : 'Loading…'}</Empty>
      ) : (
        <div className="pb-2">
          <table className="w-full text-right" data-state={state}>
            <thead className="text-micro text-muted">
              <tr className="border-b border-line *:px-3 *:pb-2 *:font-normal *:first:pl-5 *:last:pr-5">
                <th scope="col" className="text-left">
                  Symbol
                </th>
                <th scope="col" className="max-sm:hidden">
                  Quantity
                </th>
                <th scope="col" className="max-md:hidden">
                  Average price
                </th>
                <th scope="col">Price</th>
                <th scope="col" className="max-sm:hidden">
                  Value
                </th>
                <th scope="col" className="max-md:hidden">
                  Today
                </th>
                <th scope="col">Profit or loss</th>
              </tr>
            </thead>
            <tbody>
              {positions.map((position) => (
                <PositionRow key={position.symbol} position={position} onSelect={onSelect} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  )
}

interface PositionRowProps extends PositionsTableProps {
  readonly position: Position
}

const PositionRow = memo(function PositionRow({ position, onSelect }: PositionRowProps) {
  const { symbol, quantity, avgPrice, price, marketValue, unrealizedPnl, unrealizedPnlPercent, dayChange } =
    position
  return (
    <tr
      data-symbol={symbol}
      className="border-b border-line/60 transition-colors last:border-0 *:px-3 *:py-2.5 *:first:pl-5 *:last:pr-5 hover:bg-raised/60"
    >
      <th scope="row" className="text-left font-normal">
        <button
          type="button"
          onClick={() => onSelect(symbol)}
          className="font-semibold hover:text-accent"
          aria-label={`Trade ${symbol}`}
        >
          {symbol}
        </button>
        <span className="block text-micro text-muted sm:hidden">{formatQuantity(quantity)} held</span>
      </th>
      <td className="max-sm:hidden" data-cell="quantity">
        {formatQuantity(quantity)}
      </td>
      <td className="text-muted max-md:hidden">{formatPrice(avgPrice)}</td>
      <td data-cell="price">
        <Ticking value={price}>{formatPrice(price)}</Ticking>
        <span className="block text-micro text-muted sm:hidden">{formatMoney(marketValue)}</span>
      </td>
      <td className="max-sm:hidden">{formatMoney(marketValue)}</td>
      <td className={`max-md:hidden ${tone(dayChange)}`}>{formatSigned(dayChange)}</td>
      <td className={tone(unrealizedPnl)}>
        {formatSigned(unrealizedPnl)}
        <span className="block text-micro opacity-85">{formatPercent(unrealizedPnlPercent)}</span>
      </td>
    </tr>
  )
}, sameFigures)

/** A portfolio is a new object each time; most of its rows did not change. */
function sameFigures(before: PositionRowProps, after: PositionRowProps): boolean {
  if (before.onSelect !== after.onSelect) return false
  const keys = Object.keys(after.position) as (keyof Position)[]
  return keys.every((key) => before.position[key] === after.position[key])
}
