import { useFeeds, usePortfolio, type Live, type Portfolio } from '@tradewind/react'

/** The portfolio with its age. It is as old as its prices: while a feed is late, what arrives in time is stale too. */
export function useValuation(): Live<Portfolio> {
  const live = usePortfolio()
  const late = useFeeds().some(({ state }) => state === 'stalled')
  return late && live.state === 'live' ? { ...live, state: 'stale' } : live
}
