import type { LocalTime } from './nominal.ts'

/** Where the connection stands. `since` is when it came to stand there. */
export type ConnectionState =
  /** Not asked for, or signed out. */
  | { readonly status: 'idle'; readonly since: LocalTime }
  /** The first try. */
  | { readonly status: 'connecting'; readonly since: LocalTime }
  | { readonly status: 'live'; readonly since: LocalTime }
  /** Lost, or never reached; tries again by itself. `attempt` counts the tries so far. */
  | {
      readonly status: 'reconnecting'
      readonly since: LocalTime
      readonly attempt: number
      readonly nextTryAt: LocalTime | undefined
      readonly lastLiveAt: LocalTime | undefined
    }
  /** The device has no network; tries again when it has. */
  | { readonly status: 'offline'; readonly since: LocalTime; readonly lastLiveAt: LocalTime | undefined }
  /** The server said no. Without `nextTryAt` only other credentials or the user can help. */
  | {
      readonly status: 'refused'
      readonly since: LocalTime
      readonly code: string
      readonly reason: string
      readonly nextTryAt: LocalTime | undefined
    }
  /** The server ended the session: sign in again. */
  | { readonly status: 'ended'; readonly since: LocalTime; readonly reason: string }

export type ConnectionStatus = ConnectionState['status']
