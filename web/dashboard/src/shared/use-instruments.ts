import { useTradewind, type Instrument, type TickerSymbol } from '@tradewind/react'
import { keepPreviousData, useQuery, type UseQueryResult } from '@tanstack/react-query'

const FOR_A_WHILE = 10 * 60_000

/** What may be traded and matches a query, best first. An empty query matches everything. */
export function useInstrumentSearch(query: string): UseQueryResult<readonly Instrument[]> {
  const { api } = useTradewind()
  return useQuery({
    queryKey: ['symbols', query.trim().toUpperCase()],
    queryFn: () => api.searchSymbols(query.trim()),
    staleTime: FOR_A_WHILE,
    placeholderData: keepPreviousData,
  })
}

/** One instrument, undefined while unknown. */
export function useInstrument(symbol: TickerSymbol): Instrument | undefined {
  const { data } = useInstrumentSearch(symbol)
  return data?.find((instrument) => instrument.symbol === symbol)
}
