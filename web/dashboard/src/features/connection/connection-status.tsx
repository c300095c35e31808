import { useConnection, useRoundTrip } from '@tradewind/react'
import { useNow } from '../../shared/use-now.ts'
import { describeConnection, type Mood } from './describe.ts'

const dots: Readonly<Record<Mood, string>> = {
  good: 'bg-up',
  waiting: 'bg-paper motion-safe:animate-pulse',
  bad: 'bg-down',
}

/** Whether the link is live, always on screen. */
export function ConnectionStatus() {
  const state = useConnection()
  const roundTrip = useRoundTrip()
  const { mood, label, next } = describeConnection(state, useNow())
  const detail =
    mood === 'good' && roundTrip !== undefined ? `${Math.max(1, Math.round(roundTrip))} ms` : next
  return (
    <p role="status" className="flex items-center gap-2 text-small" data-status={state.status}>
      <span aria-hidden="true" className={`size-2 rounded-full ${dots[mood]}`} />
      <span className="font-medium">{label}</span>
      {detail && (
        <span aria-hidden="true" className="text-muted max-sm:hidden">
          {detail}
        </span>
      )}
    </p>
  )
}
