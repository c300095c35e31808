import { Api, ApiError, type Me } from '@tradewind/react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useMemo, useState } from 'react'
import { serverUrl } from '../shared/config.ts'
import { credentials, rememberSession } from './credentials.ts'

export type Session =
  | { readonly status: 'unknown' }
  | { readonly status: 'unreachable'; readonly error: Error; readonly retry: () => void }
  | { readonly status: 'signed-out'; readonly notice: string | undefined; readonly demo: boolean }
  | { readonly status: 'signed-in'; readonly me: Me }

export interface SessionActions {
  readonly session: Session
  readonly signIn: (username: string, password: string) => Promise<void>
  readonly signOut: () => Promise<void>
  /** The server ended the session, for this reason. */
  readonly ended: (reason: string) => void
}

const ME = ['me']

/** Who is signed in, asked once and after each change. */
export function useSession(): SessionActions {
  const cache = useQueryClient()
  const api = useMemo(() => new Api({ url: serverUrl(), credentials }), [])
  const [notice, setNotice] = useState<string>()
  const [demo, setDemo] = useState(false)
  const { data, error, refetch } = useQuery<Me | null>({
    queryKey: ME,
    queryFn: () =>
      api.me().catch((failure: unknown) => {
        if (!(failure instanceof ApiError) || failure.status !== 401) throw failure
        setDemo(failure.demo)
        return null
      }),
    staleTime: Infinity,
    retry: false,
  })

  const forget = useCallback(
    (why: string | undefined) => {
      rememberSession(undefined)
      setNotice(why)
      cache.setQueryData(ME, null)
      cache.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== ME[0] }) // another user may come
    },
    [cache],
  )

  const signIn = async (username: string, password: string) => {
    const answer = await api.login(username, password)
    rememberSession(answer.sessionID)
    setNotice(undefined)
    cache.setQueryData(ME, await api.me())
  }

  const signOut = async () => {
    try {
      await api.logout()
    } finally {
      forget(undefined)
    }
  }

  const ended = useCallback(
    (reason: string) => forget(`You were signed out: ${endings[reason] ?? reason}.`),
    [forget],
  )
  return { session: judge(), signIn, signOut, ended }

  function judge(): Session {
    if (data) return { status: 'signed-in', me: data }
    if (data === null) return { status: 'signed-out', notice, demo }
    if (error) return { status: 'unreachable', error, retry: () => void refetch() }
    return { status: 'unknown' }
  }
}

const endings: Readonly<Record<string, string>> = {
  logout: 'you signed out in another window',
  revoked: 'this session was ended elsewhere',
  expired: 'the session expired',
}
