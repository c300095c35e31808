import { useOrders, useTrades, type ServerTime } from '@tradewind/react'
import { useEffect, useMemo, useState } from 'react'
import { Link } from 'wouter'
import { formatTime } from '../../shared/format.ts'
import { Icon } from '../../shared/icon.tsx'
import { Popover } from '../../shared/popover.tsx'
import { useSettings } from '../../shared/settings.ts'
import { countUnread, outcomesOf, type Outcome } from './outcomes.ts'

/** What became of the orders, and how much of it is new: over a reload and on every device. */
export function NotificationCentre() {
  const { orders } = useOrders()
  const { trades } = useTrades()
  const { settings, ready } = useSettings()
  const outcomes = useMemo(() => outcomesOf(orders, trades), [orders, trades])
  /** What was new when it was opened stays marked while it is open. */
  const [newSince, setNewSince] = useState<ServerTime>(0)
  const unread = ready ? countUnread(outcomes, settings.seenAt) : 0
  return (
    <Popover
      label="Notifications"
      detail={unread > 0 ? `${unread} unread` : undefined}
      onOpen={() => setNewSince(settings.seenAt)}
      face={
        <>
          <Icon name="bell" />
          {unread > 0 && (
            <span
              data-testid="unread"
              className="absolute -top-0.5 -right-0.5 grid h-4.5 min-w-4.5 place-items-center rounded-full bg-accent px-1 text-micro font-semibold text-on-accent"
            >
              {unread}
            </span>
          )}
        </>
      }
    >
      {(close) => <OutcomeList outcomes={outcomes} newSince={newSince} onLeave={close} />}
    </Popover>
  )
}

interface OutcomeListProps {
  readonly outcomes: readonly Outcome[]
  readonly newSince: ServerTime
  readonly onLeave: () => void
}

function OutcomeList({ outcomes, newSince, onLeave }: OutcomeListProps) {
  const { settings, ready, change } = useSettings()
  const newest = outcomes[0]?.at ?? 0
  useEffect(() => {
    if (ready && newest > settings.seenAt) change({ seenAt: newest })
  }, [ready, newest, settings.seenAt, change])
  return (
    <>
      <header className="flex items-baseline justify-between px-5 pt-4 pb-2">
        <h2 className="text-small font-semibold tracking-wide">Notifications</h2>
        <Link href="/orders" onClick={onLeave} className="text-small text-accent hover:underline">
          All orders
        </Link>
      </header>
      {outcomes.length === 0 && (
        <p className="px-5 pt-1 pb-6 text-small text-muted">Nothing yet. Fills and refusals are kept here.</p>
      )}
      <ul className="max-h-[min(28rem,70dvh)] overflow-y-auto pb-1">
        {outcomes.map((outcome) => (
          <li key={outcome.order} data-new={outcome.at > newSince} className="border-t border-line/60">
            <Link
              href={outcome.path}
              onClick={onLeave}
              className="grid grid-cols-[0.5rem_minmax(0,1fr)_auto] items-baseline gap-x-3 px-5 py-2.5 hover:bg-raised/60"
            >
              <span
                className={`size-2 rounded-full ${outcome.at > newSince ? 'bg-accent' : 'bg-transparent'}`}
              >
                {outcome.at > newSince && <span className="sr-only">New</span>}
              </span>
              <span className={`truncate font-medium ${moods[outcome.mood]}`}>{outcome.title}</span>
              <time className="text-micro text-muted" dateTime={new Date(outcome.at).toISOString()}>
                {formatTime(outcome.at)}
              </time>
              <span className="col-start-2 col-end-4 text-small text-muted">{outcome.detail}</span>
            </Link>
          </li>
        ))}
      </ul>
    </>
  )
}

const moods: Readonly<Record<Outcome['mood'], string>> = {
  good: 'text-text',
  bad: 'text-down',
  neutral: 'text-text',
}
