import { useWatchlist, type TickerSymbol } from '@tradewind/react'
import { useState } from 'react'
import { Empty, Panel } from '../../shared/panel.tsx'
import { SymbolSearch } from '../../shared/symbol-search.tsx'
import { useSavedWatchlist } from './use-saved-watchlist.ts'
import { WatchRow } from './watch-row.tsx'

export interface WatchlistProps {
  /** The user wants to trade this one. */
  readonly onSelect: (symbol: TickerSymbol) => void
}

const SUGGESTED: readonly TickerSymbol[] = ['AAPL', 'MSFT', 'NVDA', 'SPY', 'TSLA']
const NONE: readonly TickerSymbol[] = []

/** The symbols that the user keeps an eye on. */
export function Watchlist({ onSelect }: WatchlistProps) {
  const { symbols, error, add, remove, move } = useSavedWatchlist()
  const [arranging, setArranging] = useState(false)
  const [moved, setMoved] = useState('')
  useWatchlist(symbols ?? NONE)
  const count = symbols?.length ?? 0
  const onMove = (symbol: TickerSymbol, index: number) => {
    move(symbol, index)
    setMoved(`${symbol} is number ${index + 1} of ${count}`)
  }
  return (
    <Panel
      title="Watchlist"
      aside={
        count > 1 && (
          <button
            type="button"
            aria-pressed={arranging}
            onClick={() => setArranging(!arranging)}
            className="text-small text-accent hover:underline"
          >
            {arranging ? 'Done' : 'Arrange'}
          </button>
        )
      }
    >
      <div className="relative px-5 pb-3">
        <kbd
          aria-hidden="true"
          className="pointer-events-none absolute top-2 right-8 z-1 rounded border border-line px-1.5 text-micro leading-5 text-muted max-desk:hidden"
        >
          /
        </kbd>
        <SymbolSearch
          id="symbol-search"
          label="Add a symbol to the watchlist"
          placeholder="Search symbols"
          verb="Add"
          exclude={symbols ?? NONE}
          onPick={add}
        />
      </div>
      {error && (
        <p role="alert" className="px-5 pb-3 text-small text-down">
          {error.message}
        </p>
      )}
      {symbols === undefined && !error && <Empty>Loading…</Empty>}
      {symbols?.length === 0 && (
        <div className="px-5 pb-6">
          <p className="text-small text-muted">Nothing on the list yet. Start with one of these:</p>
          <div className="mt-3 flex flex-wrap gap-2">
            {SUGGESTED.map((symbol) => (
              <button
                key={symbol}
                type="button"
                onClick={() => add(symbol)}
                className="rounded-full border border-edge px-3 py-1 text-small font-medium hover:border-accent hover:text-accent"
              >
                {symbol}
              </button>
            ))}
          </div>
        </div>
      )}
      <ul className="pb-2">
        {symbols?.map((symbol, index) => (
          <WatchRow
            key={symbol}
            symbol={symbol}
            index={index}
            count={count}
            arranging={arranging}
            onSelect={onSelect}
            onRemove={remove}
            onMove={onMove}
          />
        ))}
      </ul>
      <p role="status" className="sr-only">
        {moved}
      </p>
    </Panel>
  )
}
