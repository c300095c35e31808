import { useCallback, useMemo } from 'react'
import type { ConnectionState, FeedStatus, SocketLike } from '../core/index.ts'
import { useTradewind } from './provider.tsx'
import { useSnapshot, useSubscribed } from './use-snapshot.ts'

/** The state of the connection, and milliseconds to the server and back: undefined before the first measurement. */
export type ConnectionInfo = ConnectionState & { readonly roundTrip: number | undefined }

/** Whether what is on the screen is live, and if not, why and what happens next. */
export function useConnection(): ConnectionInfo {
  const state = useConnectionState()
  const roundTrip = useRoundTrip()
  return useMemo(() => ({ ...state, roundTrip }), [state, roundTrip])
}

export interface WebSocketHandle {
  /** For events of your own: `on`, `off`, `emit`. It is the same one over all reconnects. */
  readonly socket: SocketLike
  readonly connected: boolean
  readonly state: ConnectionState
}

/** The socket behind the other hooks. It is connected while a TradewindProvider is mounted. */
export function useWebSocket(): WebSocketHandle {
  const { socket } = useTradewind().connection
  const state = useConnectionState()
  return useMemo(() => ({ socket, connected: state.status === 'live', state }), [socket, state])
}

/** Milliseconds to the server and back, undefined before the first measurement. */
export function useRoundTrip(): number | undefined {
  const { clock } = useTradewind().connection
  const subscribe = useCallback((notify: () => void) => clock.subscribe(notify), [clock])
  return useSubscribed(subscribe, () => clock.roundTrip)
}

/** How the market feeds are doing. */
export function useFeeds(): readonly FeedStatus[] {
  return useSnapshot(useTradewind().feeds)
}

function useConnectionState(): ConnectionState {
  const { connection } = useTradewind()
  const subscribe = useCallback((notify: () => void) => connection.subscribe(notify), [connection])
  return useSubscribed(subscribe, () => connection.state)
}
