import type { ConnectionState, FeedStatus } from '@tradewind/react'
import { formatAge } from '../../shared/format.ts'

/** good: all is live; waiting: it will be by itself; bad: someone has to do something. */
export type Mood = 'good' | 'waiting' | 'bad'

export interface Description {
  readonly mood: Mood
  readonly label: string
  /** What happens next. */
  readonly next?: string
}

const countdown = (at: number | undefined, now: number): string | undefined =>
  at === undefined ? undefined : `next try in ${Math.max(1, Math.ceil((at - now) / 1000))} s`

/** A connection state in words. */
export function describeConnection(state: ConnectionState, now: number): Description {
  switch (state.status) {
    case 'live':
      return { mood: 'good', label: 'Live' }
    case 'idle':
    case 'connecting':
      return { mood: 'waiting', label: 'Connecting' }
    case 'reconnecting':
      return { mood: 'waiting', label: 'Reconnecting', next: countdown(state.nextTryAt, now) ?? 'trying now' }
    case 'offline':
      return { mood: 'bad', label: 'Offline', next: 'this device has no network' }
    case 'refused':
      return {
        mood: state.nextTryAt === undefined ? 'bad' : 'waiting',
        label: state.reason,
        next: countdown(state.nextTryAt, now) ?? 'sign in again',
      }
    case 'ended':
      return { mood: 'bad', label: 'Signed out', next: 'sign in again' }
  }
}

/** A feed in words, undefined while it is live. */
export function describeFeed(feed: FeedStatus, now: number): string | undefined {
  const since = formatAge(Math.max(0, now - feed.since))
  if (feed.state === 'stalled') return `Prices from ${feed.source} are late: nothing new for ${since}`
  if (feed.state === 'closed') return `The market is closed (${feed.source}); prices are the last ones`
  return undefined
}
