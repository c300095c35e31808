import type { Side } from '@tradewind/react'

/** The words for a side, in the tenses that a desk uses. */
export const sideWords: Readonly<
  Record<Side, { readonly verb: string; readonly past: string; readonly tone: string }>
> = {
  buy: { verb: 'Buy', past: 'Bought', tone: 'text-up' },
  sell: { verb: 'Sell', past: 'Sold', tone: 'text-down' },
}
