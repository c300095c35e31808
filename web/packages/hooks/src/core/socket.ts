import { io } from 'socket.io-client'
import type { Credentials } from './credentials.ts'

/** The part of a `socket.io-client` socket that is used here and given to the app; tests hand in their own. */
export interface SocketLike {
  readonly connected: boolean
  connect(): unknown
  disconnect(): unknown
  on(event: string, listener: (...args: readonly unknown[]) => void): unknown
  off(event: string, listener: (...args: readonly unknown[]) => void): unknown
  onAny(listener: (event: string, ...args: readonly unknown[]) => void): unknown
  emit(event: string, ...args: readonly unknown[]): unknown
  /** The last argument is called with an error or null, and with the answer. */
  timeout(milliseconds: number): { emit(event: string, ...args: readonly unknown[]): unknown }
}

export interface SocketOptions {
  /** The server's address; default: where the page came from. */
  readonly url?: string | undefined
  /** What the handshake carries; asked at each. undefined: the login cookie speaks for the user. */
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
  if (url !== undefined) return io(url, options)
  if (typeof location === 'undefined') {
    throw new Error("No page here that could tell the server's address: createTradewind({ url }) needs it")
  }
  return io(options)
}
