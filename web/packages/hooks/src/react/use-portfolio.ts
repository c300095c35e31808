import type { Live, Portfolio } from '../core/index.ts'
import { useTradewind } from './provider.tsx'
import { useSnapshot } from './use-snapshot.ts'

/** The portfolio at current prices, with its age. */
export function usePortfolio(): Live<Portfolio> {
  return useSnapshot(useTradewind().portfolio)
}
