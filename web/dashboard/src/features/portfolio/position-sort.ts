import type { Position } from '@tradewind/react'

export type SortKey = keyof Position

export interface Sorting {
  readonly key: SortKey
  readonly descending: boolean
}

export const bySymbol: Sorting = { key: 'symbol', descending: false }

/** Another column begins with what is largest, names with A; the same column turns around. */
export function toggleSort(current: Sorting, key: SortKey): Sorting {
  if (current.key === key) return { key, descending: !current.descending }
  return { key, descending: key !== 'symbol' }
}

/** Equal ones are ordered by symbol, so that rows do not jump. */
export function sortPositions(
  positions: readonly Position[],
  { key, descending }: Sorting,
): readonly Position[] {
  const sign = descending ? -1 : 1
  return [...positions].sort((a, b) => sign * compare(a[key], b[key]) || compare(a.symbol, b.symbol))
}

function compare(a: string | number, b: string | number): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
