import type { Freshness, Live } from '@tradewind/react'
import { formatAge } from './format.ts'

const words: Readonly<Record<Freshness, string>> = {
  live: '',
  delayed: 'delayed',
  stale: 'stale',
  halted: 'halted',
  closed: 'closed',
  waiting: 'waiting for a price',
}

/** How old a value is and, unless it is live, what is the matter with it. */
export function Age({ live, className = '' }: { readonly live: Live<unknown>; readonly className?: string }) {
  const parts = [words[live.state], live.age === undefined ? '' : formatAge(live.age)].filter(Boolean)
  const worrying = live.state === 'stale' || live.state === 'delayed' || live.state === 'halted'
  return (
    <span
      className={`text-micro ${worrying ? 'text-paper' : 'text-muted'} ${className}`}
      title="Age of this value"
    >
      {parts.join(' · ')}
    </span>
  )
}
