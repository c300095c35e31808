import { createContext, useContext, useEffect, type ReactNode } from 'react'
import type { Tradewind } from '../core/index.ts'

const ClientContext = createContext<Tradewind | undefined>(undefined)

export interface TradewindProviderProps {
  /** From createTradewind. Another client means another user: the old one is let go. */
  readonly client: Tradewind
  readonly children: ReactNode
}

/** Connects while it is mounted and hands the client to the hooks below it. */
export function TradewindProvider({ client, children }: TradewindProviderProps) {
  useEffect(() => client.connection.retain(), [client])
  return <ClientContext.Provider value={client}>{children}</ClientContext.Provider>
}

/** The client itself, for what has no hook. */
export function useTradewind(): Tradewind {
  const client = useContext(ClientContext)
  if (client === undefined) {
    throw new Error(
      'No Tradewind client here: wrap the component in <TradewindProvider client={createTradewind()}>',
    )
  }
  return client
}
