import { useCallback, useSyncExternalStore } from 'react'
import type { ConnectionState, FeedStatus } from '../core/index.ts'
import { useTradewind } from './provider.tsx'

/** Whether what is on the screen is live, and if not, why and what happens next. */
export function useConnection(): ConnectionState {
  const { connection } = useTradewind()
  const subscribe = useCallback((notify: () => void) => connection.subscribe(notify), [connection])
  return useSyncExternalStore(subscribe, () => connection.state)
}

/** Milliseconds to the server and back, undefined before the first measurement. */
export function useRoundTrip(): number | undefined {
  const { clock } = useTradewind().connection
  const subscribe = useCallback((notify: () => void) => clock.subscribe(notify), [clock])
  return useSyncExternalStore(subscribe, () => clock.roundTrip)
}

/** How the market feeds are doing. */
export function useFeeds(): readonly FeedStatus[] {
  const { feeds } = useTradewind()
  const subscribe = useCallback((notify: () => void) => feeds.subscribe(notify), [feeds])
  return useSyncExternalStore(subscribe, () => feeds.latest())
}
