import { useConnection, useFeeds, useTradewind, type ConnectionState } from '@tradewind/react'
import { formatTime } from '../../shared/format.ts'
import { useNow } from '../../shared/use-now.ts'
import { describeConnection, describeFeed } from './describe.ts'

/** Says what is wrong and since when, as long as something is: the own link first, then the feeds. */
export function ConnectionBanner() {
  const state = useConnection()
  const feeds = useFeeds()
  const { connection } = useTradewind()
  const now = useNow()

  if (state.status === 'live' || state.status === 'idle' || state.status === 'connecting') {
    const serverNow = connection.clock.at(now)
    const troubles = feeds.map((feed) => describeFeed(feed, serverNow)).filter((text) => text !== undefined)
    const trouble = feeds.some(({ state: feed }) => feed === 'stalled') ? 'late' : 'closed'
    return troubles.length > 0 ? <Banner trouble={trouble}>{troubles.join('. ')}.</Banner> : null
  }
  const { label, next } = describeConnection(state, now)
  const lastLive = lastLiveAt(state)
  return (
    <Banner trouble="lost">
      <strong className="font-semibold">{label}</strong>
      {next && <> · {next}</>}
      {lastLive !== undefined && <> · figures are from {formatTime(lastLive, now)}</>}
      {state.status !== 'ended' && (
        <button
          type="button"
          onClick={() => connection.retryNow()}
          className="ml-3 font-medium underline underline-offset-4"
        >
          Try now
        </button>
      )}
    </Banner>
  )
}

/** The own link is lost, the feed is late, or the market rests: told apart by words and colour. */
type Trouble = 'lost' | 'late' | 'closed'

const colours: Readonly<Record<Trouble, string>> = {
  lost: 'bg-down text-on-down',
  late: 'bg-paper-wash text-paper',
  closed: 'bg-raised text-muted',
}

function Banner({ trouble, children }: { readonly trouble: Trouble; readonly children: React.ReactNode }) {
  return (
    <div data-trouble={trouble} className={`border-b border-line ${colours[trouble]}`}>
      <p className="mx-auto max-w-360 px-4 py-2 text-small sm:px-6">{children}</p>
    </div>
  )
}

function lastLiveAt(state: ConnectionState): number | undefined {
  return state.status === 'reconnecting' || state.status === 'offline' ? state.lastLiveAt : undefined
}
