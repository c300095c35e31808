import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { Session } from '../../shared/desk-api.ts'
import { formatTime } from '../../shared/format.ts'
import { Empty, Panel } from '../../shared/panel.tsx'
import { useDeskApi } from '../../shared/use-desk-api.tsx'
import { deviceName } from './device-name.ts'

const KEY = ['sessions']

export interface SessionsPanelProps {
  readonly onSignOut: () => Promise<void>
}

/** Where the user is signed in, each with a way to end it. */
export function SessionsPanel({ onSignOut }: SessionsPanelProps) {
  const api = useDeskApi()
  const cache = useQueryClient()
  const { data: sessions, error } = useQuery({
    queryKey: KEY,
    queryFn: () => api.sessions(),
    refetchOnMount: 'always',
  })
  const end = useMutation({
    mutationFn: (id: string) => api.endSession(id),
    onSettled: () => cache.invalidateQueries({ queryKey: KEY }),
  })
  const failure = end.error ?? error
  return (
    <Panel title="Active sessions">
      {failure && (
        <p role="alert" className="px-5 pb-3 text-small text-down">
          {failure.message}
        </p>
      )}
      {!sessions && !error && <Empty>Loading…</Empty>}
      <ul className="pb-1">
        {sessions?.map((session) => (
          <SessionRow
            key={session.id}
            session={session}
            busy={end.isPending && end.variables === session.id}
            onEnd={() => (session.current ? void onSignOut() : end.mutate(session.id))}
          />
        ))}
      </ul>
    </Panel>
  )
}

interface SessionRowProps {
  readonly session: Session
  readonly busy: boolean
  readonly onEnd: () => void
}

function SessionRow({ session, busy, onEnd }: SessionRowProps) {
  const { userAgent, address, seenAt, createdAt, current } = session
  const device = deviceName(userAgent)
  return (
    <li className="flex items-center justify-between gap-4 border-t border-line/60 px-5 py-2.5">
      <div className="min-w-0">
        <p className="truncate font-medium" title={userAgent}>
          {device}
          {current && <span className="ml-2 text-micro font-semibold text-accent">This device</span>}
        </p>
        <p className="text-micro text-muted">
          {address && `${address} · `}
          {current ? `since ${formatTime(createdAt)}` : `last used ${formatTime(seenAt)}`}
        </p>
      </div>
      <button
        type="button"
        disabled={busy}
        onClick={onEnd}
        className="button-quiet shrink-0"
        aria-label={current ? 'Sign out here' : `Sign out ${device}, last used ${formatTime(seenAt)}`}
      >
        Sign out
      </button>
    </li>
  )
}
