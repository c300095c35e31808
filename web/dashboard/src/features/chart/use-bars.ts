import { useConnection, useQuote, type Quote, type TickerSymbol } from '@tradewind/react'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useMemo, useRef, useState } from 'react'
import type { Interval } from '../../shared/desk-api.ts'
import { useDeskApi } from '../../shared/use-desk-api.tsx'
import { growBar, intervalLength, toBar, type Bar, type GrowingBar } from './bars.ts'

/** Bars that were closed are asked for again now and then: the server has seen every trade of them. */
const REFRESH_MS = 5 * 60_000

export interface Bars {
  readonly bars: readonly Bar[]
  /** The newest bar with the newest quote in it. */
  readonly growing: Bar | undefined
  readonly loading: boolean
  readonly error: Error | null
}

/** What a price did, from the server, and what it does, from the quotes. */
export function useBars(symbol: TickerSymbol, interval: Interval): Bars {
  const api = useDeskApi()
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['candles', symbol, interval],
    queryFn: () => api.candles(symbol, interval),
    enabled: symbol !== '',
    staleTime: REFRESH_MS,
    refetchInterval: REFRESH_MS,
  })
  const bars = useMemo(() => (data ?? []).map(toBar), [data])
  useReturn(() => void refetch())
  const growing = useGrowingBar(bars, useQuote(symbol).value, intervalLength[interval])
  return { bars, growing, loading: isPending, error }
}

/** Calls when the link is back after it was lost: bars may be missing. */
function useReturn(onReturn: () => void): void {
  const { status } = useConnection()
  const lost = useRef(false)
  useEffect(() => {
    if (status === 'reconnecting' || status === 'offline') lost.current = true
    if (status !== 'live' || !lost.current) return
    lost.current = false
    onReturn()
  })
}

interface Growth {
  readonly bars: readonly Bar[]
  readonly quote: Quote | undefined
  readonly growing: GrowingBar | undefined
}

function useGrowingBar(bars: readonly Bar[], quote: Quote | undefined, length: number): Bar | undefined {
  const [known, setKnown] = useState<Growth>({ bars: [], quote: undefined, growing: undefined })
  let next = known
  if (bars !== known.bars) {
    const last = bars.at(-1)
    next = { bars, quote: undefined, growing: last && { bar: last, dayVolume: undefined } }
  }
  if (quote !== next.quote && next.growing && quote) {
    next = { ...next, quote, growing: growBar(next.growing, quote, length) }
  }
  if (next !== known) setKnown(next)
  return next.growing?.bar
}
