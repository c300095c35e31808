import { io } from 'socket.io-client'

/** The part of a `socket.io-client` socket that the core uses; tests hand in their own. */
export interface SocketLike {
  readonly connected: boolean
  connect(): unknown
  disconnect(): unknown
  on(event: string, listener: (...args: readonly unknown[]) => void): unknown
  onAny(listener: (event: string, ...args: readonly unknown[]) => void): unknown
  /** The last argument is called with an error or null, and with the answer. */
  timeout(milliseconds: number): { emit(event: string, ...args: readonly unknown[]): unknown }
}

/** What `auth` of the handshake carries. */
export type Credentials = { readonly sessionID: string } | { readonly token: string }

export interface SocketOptions {
  /** The server's address; default: where the page came from. */
  readonly url?: string | undefined
  /** Asked before each connect. undefined: the login cookie speaks for the user. */
  readonly credentials?: (() => Credentials | undefined) | undefined
  /** Default websocket, then polling: a browser names its origin on the former only, and the cookie counts only with an origin. */
  readonly transports?: readonly ('websocket' | 'polling')[] | undefined
}

/**
 * A socket that neither connects nor reconnects by itself: the Connection decides
 * when, because only it knows refusals, sleep and what to show.
 */
export function createSocket({
  url,
  credentials,
  transports = ['websocket', 'polling'],
}: SocketOptions): SocketLike {
  const options = {
    autoConnect: false,
    reconnection: false,
    forceNew: true,
    tryAllTransports: true,
    withCredentials: true,
    transports: [...transports],
    auth: (give: (auth: object) => void) => give(credentials?.() ?? {}),
  }
  return url === undefined ? io(options) : io(url, options)
}
