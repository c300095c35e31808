import type { Credentials } from '@tradewind/react'
import { serverUrl } from '../shared/config.ts'

const KEY = 'tradewind.session'

/**
 * The session of this page load. Beside its server the login cookie, which scripts
 * cannot read, speaks for the user over a reload; the id is in memory only, for the
 * transports on which a browser does not name its origin. A page that is hosted
 * elsewhere gets no cookie: its id is kept for the tab.
 */
let sessionID: string | undefined

const tab = (): Storage | undefined => (serverUrl() === undefined ? undefined : window.sessionStorage)

export function credentials(): Credentials | undefined {
  sessionID ??= tab()?.getItem(KEY) ?? undefined
  return sessionID === undefined ? undefined : { sessionID }
}

/** From sign-in; undefined: signed out. */
export function rememberSession(id: string | undefined): void {
  sessionID = id
  if (id === undefined) tab()?.removeItem(KEY)
  else tab()?.setItem(KEY, id)
}
