import { useQuote, useQuoteRejection, useTrail, type Quote, type TickerSymbol } from '@tradewind/react'
import type { DragEvent } from 'react'
import { Age } from '../../shared/age.tsx'
import { formatPercent, formatPrice, tone } from '../../shared/format.ts'
import { Icon } from '../../shared/icon.tsx'
import { Sparkline } from '../../shared/sparkline.tsx'
import { Ticking } from '../../shared/ticking.tsx'

/** What can be done with one symbol of the list. */
export interface WatchActions {
  readonly onSelect: (symbol: TickerSymbol) => void
  readonly onRemove: (symbol: TickerSymbol) => void
  readonly onMove: (symbol: TickerSymbol, index: number) => void
}

export interface WatchRowProps extends WatchActions {
  readonly symbol: TickerSymbol
  readonly index: number
  readonly count: number
  /** The list is being put in order. */
  readonly arranging: boolean
}

/** One symbol with its price, where it came from, and how old that is. */
export function WatchRow(props: WatchRowProps) {
  const { symbol, arranging, onSelect } = props
  const live = useQuote(symbol)
  const rejection = useQuoteRejection(symbol)
  const quote = live.value
  return (
    <li
      data-symbol={symbol}
      {...draggable(props)}
      className="group relative flex items-center gap-3 py-2 pr-8 pl-5 transition-colors hover:bg-raised/60"
    >
      <div className="w-18 min-w-0">
        <button
          type="button"
          onClick={() => onSelect(symbol)}
          aria-label={`Trade ${symbol}`}
          className={`font-semibold hover:text-accent ${arranging ? '' : 'after:absolute after:inset-0'}`}
        >
          {symbol}
        </button>
        {rejection ? (
          <span className="block text-micro text-down">{rejection}</span>
        ) : (
          <Age live={live} className="block truncate" />
        )}
      </div>
      {arranging ? (
        <Arrangement {...props} />
      ) : (
        <>
          <div className="min-w-0 flex-1">
            <Trail symbol={symbol} />
            {quote && <Spread quote={quote} />}
          </div>
          {quote && (
            <div className="dim-when-old text-right" data-state={live.state}>
              <p data-cell="price" className="font-medium">
                <Ticking value={quote.price}>{formatPrice(quote.price)}</Ticking>
              </p>
              <p className={`text-micro ${tone(quote.change)}`}>{formatPercent(quote.changePercent)}</p>
            </div>
          )}
        </>
      )}
      <RemoveButton {...props} />
    </li>
  )
}

const Trail = ({ symbol }: { readonly symbol: TickerSymbol }) => (
  <Sparkline values={useTrail(symbol)} className="block h-5 w-full" />
)

/** What others bid and ask. */
function Spread({ quote: { bid, ask } }: { readonly quote: Quote }) {
  if (bid === undefined || ask === undefined) return null
  return (
    <p data-cell="spread" className="truncate text-center text-micro text-muted">
      <span className="sr-only">Bid and ask </span>
      {formatPrice(bid)} / {formatPrice(ask)}
    </p>
  )
}

/** Up and down, for those who do not drag. */
function Arrangement({ symbol, index, count, onMove }: WatchRowProps) {
  const button =
    'grid size-8 place-items-center rounded-md border border-edge hover:border-accent hover:text-accent disabled:opacity-40'
  return (
    <div className="ml-auto flex gap-2 pr-2">
      <button
        type="button"
        className={button}
        disabled={index === 0}
        aria-label={`Move ${symbol} up`}
        onClick={() => onMove(symbol, index - 1)}
      >
        <Icon name="up" className="size-4" />
      </button>
      <button
        type="button"
        className={button}
        disabled={index === count - 1}
        aria-label={`Move ${symbol} down`}
        onClick={() => onMove(symbol, index + 1)}
      >
        <Icon name="down" className="size-4" />
      </button>
    </div>
  )
}

function RemoveButton({ symbol, arranging, onRemove }: WatchRowProps) {
  const hidden = arranging ? '' : 'desk:opacity-0 desk:group-hover:opacity-100 desk:focus-visible:opacity-100'
  return (
    <button
      type="button"
      onClick={() => onRemove(symbol)}
      aria-label={`Remove ${symbol} from the watchlist`}
      className={`absolute right-1.5 grid size-6 place-items-center rounded-md text-muted transition-opacity hover:bg-line hover:text-text ${hidden}`}
    >
      <Icon name="close" className="size-3.5" />
    </button>
  )
}

/** A row can be dragged to where another one is. */
function draggable({ symbol, index, onMove }: WatchRowProps) {
  const type = 'text/x-tradewind-symbol'
  return {
    draggable: true,
    onDragStart: ({ dataTransfer }: DragEvent) => dataTransfer.setData(type, symbol),
    onDragOver: (event: DragEvent) => {
      if (event.dataTransfer.types.includes(type)) event.preventDefault()
    },
    onDrop: (event: DragEvent) => {
      const dragged = event.dataTransfer.getData(type)
      if (dragged === '' || dragged === symbol) return
      event.preventDefault()
      onMove(dragged, index)
    },
  }
}
