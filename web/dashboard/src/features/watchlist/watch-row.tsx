import { useQuote, useQuoteRejection, useTrail, type TickerSymbol } from '@tradewind/react'
import { Age } from '../../shared/age.tsx'
import { formatPercent, formatPrice, tone } from '../../shared/format.ts'
import { Sparkline } from '../../shared/sparkline.tsx'
import { Ticking } from '../../shared/ticking.tsx'

export interface WatchRowProps {
  readonly symbol: TickerSymbol
  readonly onSelect: (symbol: TickerSymbol) => void
  readonly onRemove: (symbol: TickerSymbol) => void
}

/** One symbol with its price, where it came from, and how old that is. */
export function WatchRow({ symbol, onSelect, onRemove }: WatchRowProps) {
  const live = useQuote(symbol)
  const rejection = useQuoteRejection(symbol)
  const trail = useTrail(symbol)
  const quote = live.value
  return (
    <li
      data-symbol={symbol}
      className="group relative flex items-center gap-3 py-2 pr-8 pl-5 transition-colors hover:bg-raised/60"
    >
      <div className="w-20 min-w-0">
        <button
          type="button"
          onClick={() => onSelect(symbol)}
          aria-label={`Trade ${symbol}`}
          className="font-semibold after:absolute after:inset-0 hover:text-accent"
        >
          {symbol}
        </button>
        {rejection ? (
          <span className="block text-micro text-down">{rejection}</span>
        ) : (
          <Age live={live} className="block truncate" />
        )}
      </div>
      <Sparkline values={trail} className="h-7 w-16 flex-1" />
      {quote && (
        <div className="dim-when-old text-right" data-state={live.state}>
          <p data-cell="price" className="font-medium">
            <Ticking value={quote.price}>{formatPrice(quote.price)}</Ticking>
          </p>
          <p className={`text-micro ${tone(quote.change)}`}>{formatPercent(quote.changePercent)}</p>
        </div>
      )}
      <button
        type="button"
        onClick={() => onRemove(symbol)}
        aria-label={`Remove ${symbol} from the watchlist`}
        className="absolute right-1.5 grid size-6 place-items-center rounded-md text-muted transition-opacity hover:bg-line hover:text-text desk:opacity-0 desk:group-hover:opacity-100 desk:focus-visible:opacity-100"
      >
        <svg
          aria-hidden="true"
          viewBox="0 0 12 12"
          className="size-2.5"
          stroke="currentColor"
          strokeWidth="1.75"
        >
          <path d="M1 1l10 10M11 1L1 11" />
        </svg>
      </button>
    </li>
  )
}
