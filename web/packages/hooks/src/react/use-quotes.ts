import { useCallback, useEffect, useMemo } from 'react'
import type { Live, Price, Quote } from '../core/index.ts'
import { useTradewind } from './provider.tsx'
import { useSubscribed } from './use-snapshot.ts'

/** Keeps these symbols coming while mounted; read them with useQuote. Order and repeats do not matter. */
export function useWatchlist(symbols: readonly string[]): void {
  const { quotes } = useTradewind()
  const key = useMemo(() => [...new Set(symbols)].sort().join(' '), [symbols])
  useEffect(() => quotes.watch(key === '' ? [] : key.split(' ')), [quotes, key])
}

/** The newest quote of a symbol with its age and state. It watches the symbol while mounted. */
export function useQuote(symbol: string): Live<Quote> {
  const { quotes } = useTradewind()
  useEffect(() => quotes.watch(symbol === '' ? [] : [symbol]), [quotes, symbol])
  const subscribe = useCallback((notify: () => void) => quotes.subscribe(symbol, notify), [quotes, symbol])
  return useSubscribed(subscribe, () => quotes.latest(symbol))
}

/** Why the server does not send a symbol, undefined when it does. */
export function useQuoteRejection(symbol: string): string | undefined {
  const { quotes } = useTradewind()
  const subscribe = useCallback((notify: () => void) => quotes.subscribe(symbol, notify), [quotes, symbol])
  return useSubscribed(subscribe, () => quotes.rejection(symbol))
}

/** The last minute of prices, for a small line beside a quote. To be read beside useQuote, which renders when it grows. */
export function useTrail(symbol: string): readonly Price[] {
  return useTradewind().quotes.trail(symbol)
}
