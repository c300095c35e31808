import { useTradewind, type Api, type Instrument, type TickerSymbol } from '@tradewind/react'
import { keepPreviousData, queryOptions, useQuery, useQueryClient } from '@tanstack/react-query'

const FOR_A_WHILE = 10 * 60_000

const search = (api: Api, query: string) =>
  queryOptions<readonly Instrument[]>({
    queryKey: ['symbols', query.trim().toUpperCase()],
    queryFn: () => api.searchSymbols(query.trim()),
    staleTime: FOR_A_WHILE,
  })

export interface InstrumentSearch {
  /** What matches, best first; while it loads, what matched before. */
  readonly found: readonly Instrument[]
  /** `found` is of another query still. */
  readonly loading: boolean
  /** Resolves to what matches this query and no other. */
  readonly wait: () => Promise<readonly Instrument[]>
}

/** What may be traded and matches a query. An empty query matches everything. */
export function useInstrumentSearch(query: string): InstrumentSearch {
  const { api } = useTradewind()
  const cache = useQueryClient()
  const options = search(api, query)
  const {
    data = [],
    isPlaceholderData,
    isPending,
  } = useQuery({ ...options, placeholderData: keepPreviousData })
  return { found: data, loading: isPlaceholderData || isPending, wait: () => cache.ensureQueryData(options) }
}

/** One instrument, undefined while unknown. */
export function useInstrument(symbol: TickerSymbol): Instrument | undefined {
  const { api } = useTradewind()
  const { data } = useQuery({ ...search(api, symbol), enabled: symbol !== '' })
  return data?.find((instrument) => instrument.symbol === symbol)
}
