import { useQuote, useTrail, type Position, type TickerSymbol } from '@tradewind/react'
import { memo } from 'react'
import { Age } from '../../shared/age.tsx'
import {
  formatMoney,
  formatPercent,
  formatPrice,
  formatQuantity,
  formatSigned,
  tone,
} from '../../shared/format.ts'
import { Sparkline } from '../../shared/sparkline.tsx'
import { Ticking } from '../../shared/ticking.tsx'

export interface PositionRowProps {
  readonly position: Position
  readonly onSelect: (symbol: TickerSymbol) => void
}

/** One holding at its current price, dimmed when that is old. */
export const PositionRow = memo(function PositionRow({ position, onSelect }: PositionRowProps) {
  const { symbol, quantity, avgPrice, price, marketValue, unrealizedPnl, unrealizedPnlPercent, dayChange } =
    position
  const quote = useQuote(symbol)
  const trail = useTrail(symbol)
  const known = quote.state === 'waiting' ? undefined : quote.state
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
      <td className="w-22 max-md:hidden">
        <Sparkline values={trail} className="h-7 w-20" />
      </td>
      <td className="max-sm:hidden" data-cell="quantity">
        {formatQuantity(quantity)}
      </td>
      <td className="text-muted max-lg:hidden">{formatPrice(avgPrice)}</td>
      <td data-cell="price" data-state={known} className="dim-when-old">
        <Ticking value={price}>{formatPrice(price)}</Ticking>
        {known && <Age live={quote} className="block whitespace-nowrap max-sm:hidden" />}
        <span className="block text-micro text-muted sm:hidden">{formatMoney(marketValue)}</span>
      </td>
      <td className="dim-when-old max-sm:hidden" data-state={known}>
        {formatMoney(marketValue)}
      </td>
      <td className={`dim-when-old max-md:hidden ${tone(dayChange)}`} data-state={known}>
        {formatSigned(dayChange)}
      </td>
      <td className={`dim-when-old ${tone(unrealizedPnl)}`} data-state={known}>
        {formatSigned(unrealizedPnl)}
        <span className="block text-micro">{formatPercent(unrealizedPnlPercent)}</span>
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
