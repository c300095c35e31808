import type { Live, Quote, TickerSymbol } from '@tradewind/react'
import { Age } from '../../shared/age.tsx'
import { formatPrice } from '../../shared/format.ts'

export interface TicketQuoteProps {
  readonly symbol: TickerSymbol
  readonly name: string | undefined
  readonly quote: Live<Quote>
}

/** What is traded, and at what price it stands. */
export function TicketQuote({ symbol, name, quote }: TicketQuoteProps) {
  const { value, state } = quote
  return (
    <div className="flex items-end justify-between gap-3">
      <p className="min-w-0">
        <span className="text-lead font-semibold">{symbol}</span>
        <span className="block truncate text-small text-muted">{name ?? ' '}</span>
      </p>
      {value && (
        <p className="dim-when-old shrink-0 text-right" data-state={state}>
          <span className="text-lead font-medium">{formatPrice(value.price)}</span>
          {value.bid !== undefined && value.ask !== undefined && (
            <span className="block text-micro text-muted">
              {formatPrice(value.bid)} / {formatPrice(value.ask)}
            </span>
          )}
          <Age live={quote} className="block" />
        </p>
      )}
    </div>
  )
}
