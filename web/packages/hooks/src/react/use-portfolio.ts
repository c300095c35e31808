import { useCallback, useSyncExternalStore } from 'react'
import type { Live, Portfolio } from '../core/index.ts'
import { useTradewind } from './provider.tsx'

/** The portfolio at current prices, with its age. */
export function usePortfolio(): Live<Portfolio> {
  const { portfolio } = useTradewind()
  const subscribe = useCallback((notify: () => void) => portfolio.subscribe(notify), [portfolio])
  return useSyncExternalStore(subscribe, () => portfolio.latest())
}
