import { useTradewind, type TickerSymbol } from '@tradewind/react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'

const KEY = ['watchlist']

export interface SavedWatchlist {
  readonly symbols: readonly TickerSymbol[] | undefined
  readonly error: Error | null
  readonly add: (symbol: TickerSymbol) => void
  readonly remove: (symbol: TickerSymbol) => void
  /** Puts a symbol where another is. */
  readonly move: (symbol: TickerSymbol, index: number) => void
}

/** The user's list, kept on the server. A change shows at once and goes back if the server refuses it. */
export function useSavedWatchlist(): SavedWatchlist {
  const { api } = useTradewind()
  const cache = useQueryClient()
  const query = useQuery({ queryKey: KEY, queryFn: () => api.watchlist(), staleTime: Infinity })
  const save = useMutation({
    // One after the other, each with what the list is by then: the last click wins.
    scope: { id: 'watchlist' },
    mutationFn: () => api.saveWatchlist(cache.getQueryData<readonly TickerSymbol[]>(KEY) ?? []),
    onError: () => cache.invalidateQueries({ queryKey: KEY }),
  })
  const change = (edit: (symbols: readonly TickerSymbol[]) => readonly TickerSymbol[]) => {
    const before = cache.getQueryData<readonly TickerSymbol[]>(KEY)
    if (!before) return // not loaded: saving now would lose what is there
    cache.setQueryData(KEY, edit(before))
    save.mutate()
  }
  return {
    symbols: query.data,
    error: save.error ?? query.error,
    add: (symbol) => change((symbols) => [symbol, ...symbols.filter((other) => other !== symbol)]),
    remove: (symbol) => change((symbols) => symbols.filter((other) => other !== symbol)),
    move: (symbol, index) =>
      change((symbols) => symbols.filter((other) => other !== symbol).toSpliced(index, 0, symbol)),
  }
}
