import { backoffDelay, type BackoffOptions } from './backoff.ts'
import { ClockSync } from './clock-sync.ts'
import { ServerClock } from './clock.ts'
import type { ConnectionState } from './connection-state.ts'
import { CredentialKeeper } from './credentials.ts'
import { stillEnvironment, type Environment } from './environment.ts'
import { Listeners, once, type Release } from './listeners.ts'
import type { LocalTime } from './nominal.ts'
import { watchSleep } from './sleep-watch.ts'
import type { SocketLike } from './socket.ts'
import { noAnswer, parseSessionExpired, readRefusal, readReply, type Reply } from './wire/reply.ts'

export interface ConnectionOptions {
  readonly createSocket: () => SocketLike
  /** Asked anew before each connect; default: none. */
  readonly credentials?: CredentialKeeper | undefined
  readonly environment?: Environment | undefined
  readonly backoff?: BackoffOptions | undefined
  /** Hears of messages that do not have the promised shape; default: nobody. */
  readonly onProtocolError?: ((error: unknown) => void) | undefined
}

/** An answer that takes longer than this is none. */
const REPLY_TIMEOUT_MS = 8_000
/** What is kept connected while a provider unmounts and mounts again. */
const LINGER_MS = 0

/**
 * One socket and the decision when to connect it. It connects while someone
 * retains it, waits as long as a refusal says, backs off when nobody answers,
 * and tries at once when the network returns.
 */
export class Connection {
  readonly clock = new ServerClock()
  /** For events of your own. When to connect is not its business: retain the connection. */
  readonly socket: SocketLike
  readonly #credentials: CredentialKeeper
  readonly #environment: Environment
  readonly #backoff: BackoffOptions
  readonly #clockSync: ClockSync
  readonly #onProtocolError: (error: unknown) => void
  readonly #stateListeners = new Listeners()
  readonly #messageListeners = new Listeners<[event: string, payload: unknown]>()

  #state: ConnectionState = { status: 'idle', since: Date.now() }
  #holders = 0
  #attempt = 0
  #lastLiveAt: LocalTime | undefined
  #expiredReason: string | undefined
  #retryTimer: ReturnType<typeof setTimeout> | undefined
  #lingerTimer: ReturnType<typeof setTimeout> | undefined
  #stopWatching: readonly Release[] = []

  constructor(options: ConnectionOptions) {
    this.#credentials = options.credentials ?? new CredentialKeeper()
    this.#environment = options.environment ?? stillEnvironment
    this.#backoff = options.backoff ?? {}
    this.#onProtocolError = options.onProtocolError ?? (() => {})
    this.#clockSync = new ClockSync({
      clock: this.clock,
      request: (event, payload, timeoutMs) => this.request(event, payload, timeoutMs),
      onProtocolError: this.#onProtocolError,
    })
    this.socket = options.createSocket()
    this.socket.on('connect', () => this.#connected())
    this.socket.on('connect_error', (error) => this.#connectFailed(error))
    this.socket.on('disconnect', (reason) => this.#disconnected(String(reason)))
    this.socket.onAny((event, payload) => this.#received(event, payload))
  }

  get state(): ConnectionState {
    return this.#state
  }

  get live(): boolean {
    return this.#state.status === 'live'
  }

  subscribe(notify: () => void): Release {
    return this.#stateListeners.add(notify)
  }

  /** Every event of the server, before it is parsed. */
  onMessage(listener: (event: string, payload: unknown) => void): Release {
    return this.#messageListeners.add(listener)
  }

  /** Connects, and stays connected until everyone who retained has released. */
  retain(): Release {
    this.#holders += 1
    clearTimeout(this.#lingerTimer)
    if (this.#holders === 1 && this.#state.status === 'idle') this.#start()
    return once(() => {
      this.#holders -= 1
      if (this.#holders === 0) this.#lingerTimer = setTimeout(() => this.#stop(), LINGER_MS)
    })
  }

  /** Tries now instead of later: the user asked, or there are other credentials. */
  retryNow(): void {
    if (this.#holders === 0 || this.live) return
    this.#attempt = 0
    const { status } = this.#state
    if (status === 'refused' || status === 'ended') this.#set({ status: 'connecting', since: Date.now() })
    this.#connect()
  }

  /**
   * Hands newer credentials of the same user over, before the old ones end: on the
   * live socket without a new connect, else by trying now.
   */
  async refreshCredentials(): Promise<Reply> {
    if (!this.live) {
      this.retryNow()
      return noAnswer('not connected: they go with the next connect')
    }
    try {
      await this.#credentials.refresh()
    } catch (error) {
      return noAnswer(`no credentials: ${String(error)}`)
    }
    return this.request('session:refresh', this.#credentials.current)
  }

  /**
   * Sends an event and waits for its answer. It never rejects: a lost link or a
   * silent server is an answer too, with code `no_answer`.
   */
  request(event: string, payload?: unknown, timeoutMs = REPLY_TIMEOUT_MS): Promise<Reply> {
    return new Promise((resolve) => this.ask(event, payload, resolve, timeoutMs))
  }

  /** `request` whose answer is handled before any message that came behind it, which a promise cannot promise. */
  ask(event: string, payload: unknown, onReply: (reply: Reply) => void, timeoutMs = REPLY_TIMEOUT_MS): void {
    if (!this.live) {
      onReply(noAnswer('not connected'))
      return
    }
    const args = payload === undefined ? [] : [payload]
    const answered = (error: unknown, raw: unknown) =>
      onReply(error ? noAnswer(String(error)) : this.#readReply(event, raw))
    this.socket.timeout(timeoutMs).emit(event, ...args, answered)
  }

  /** Says that a message could not be read. */
  protocolError(error: unknown): void {
    this.#onProtocolError(error)
  }

  #readReply(event: string, raw: unknown): Reply {
    try {
      return readReply(raw, `answer to ${event}`)
    } catch (error) {
      this.protocolError(error)
      return noAnswer('answer not understood')
    }
  }

  #start(): void {
    this.#attempt = 0
    this.#stopWatching = [
      this.#environment.subscribe((change) => {
        if (change === 'offline') this.#wentOffline()
        else if (change !== 'hidden') this.#woke()
      }),
      watchSleep(() => this.#woke()),
    ]
    this.#set({ status: 'connecting', since: Date.now() })
    this.#connect()
  }

  #stop(): void {
    this.#clearTimers()
    for (const stop of this.#stopWatching) stop()
    this.#stopWatching = []
    this.#set({ status: 'idle', since: Date.now() })
    this.socket.disconnect()
  }

  #connect(): void {
    clearTimeout(this.#retryTimer)
    if (!this.#environment.online()) {
      this.#networkLost()
      return
    }
    this.#attempt += 1
    const { status } = this.#state
    if (status === 'reconnecting' || status === 'offline') this.#reconnecting(undefined)
    this.#open()
  }

  /** Connects with the newest credentials. Those that take a while may come too late for anybody. */
  #open(): void {
    const state = this.#state
    const current = () => this.#state === state
    let waiting: Promise<void> | undefined
    try {
      waiting = this.#credentials.refresh()
    } catch {
      this.#retryLater()
      return
    }
    if (waiting === undefined) {
      this.socket.connect()
      return
    }
    waiting.then(
      () => current() && this.socket.connect(),
      () => current() && this.#retryLater(),
    )
  }

  #connected(): void {
    this.#attempt = 0
    this.#expiredReason = undefined
    clearTimeout(this.#retryTimer)
    this.#set({ status: 'live', since: Date.now() })
    this.#clockSync.start()
  }

  #connectFailed(error: unknown): void {
    if (this.#state.status === 'idle') return
    const refusal = readRefusal(error)
    if (refusal === undefined) {
      this.#retryLater()
      return
    }
    // Stock behaviour: after a refusal the socket stays away until told otherwise.
    let nextTryAt: LocalTime | undefined
    if (refusal.retryable) {
      const wait = refusal.retryAfterMs ?? backoffDelay(this.#attempt, this.#backoff)
      nextTryAt = this.#tryIn(wait)
    }
    const reason = error instanceof Error ? error.message : 'refused'
    this.#set({ status: 'refused', since: Date.now(), code: refusal.code, reason, nextTryAt })
  }

  #disconnected(reason: string): void {
    this.#clockSync.stop()
    if (reason === 'io client disconnect') return // ours: what follows is decided already
    if (this.live) this.#lastLiveAt = Date.now()
    if (reason === 'io server disconnect') {
      this.#set({ status: 'ended', since: Date.now(), reason: this.#expiredReason ?? 'ended by the server' })
      return
    }
    this.#attempt = 0
    this.#retryLater()
  }

  #retryLater(): void {
    if (!this.#environment.online()) {
      this.#networkLost()
      return
    }
    this.#reconnecting(this.#tryIn(backoffDelay(Math.max(1, this.#attempt), this.#backoff)))
  }

  #tryIn(milliseconds: number): LocalTime {
    clearTimeout(this.#retryTimer)
    this.#retryTimer = setTimeout(() => this.#connect(), milliseconds)
    return Date.now() + milliseconds
  }

  #networkLost(): void {
    clearTimeout(this.#retryTimer)
    if (this.live) this.#lastLiveAt = Date.now()
    this.#set({ status: 'offline', since: Date.now(), lastLiveAt: this.#lastLiveAt })
    this.socket.disconnect()
  }

  /** A refusal stands without a network too: it is waited out, or waits for the user. */
  #wentOffline(): void {
    if (this.live || this.#mayRetryByItself()) this.#networkLost()
  }

  #woke(): void {
    if (this.live) void this.#proveAlive()
    else if (this.#mayRetryByItself()) this.retryNow()
  }

  #mayRetryByItself(): boolean {
    const { status } = this.#state
    return status === 'reconnecting' || status === 'offline' || status === 'connecting'
  }

  /** A link that does not answer after sleep is given up at once. */
  async #proveAlive(): Promise<void> {
    if ((await this.#clockSync.proveAlive()) || !this.live) return
    this.#lastLiveAt = Date.now()
    this.#reconnecting(undefined)
    this.socket.disconnect()
    this.#connect()
  }

  #received(event: string, payload: unknown): void {
    if (event === 'session:expired') {
      try {
        this.#expiredReason = parseSessionExpired(payload, event).reason
      } catch (error) {
        this.protocolError(error)
      }
    }
    this.#messageListeners.call(event, payload)
  }

  #reconnecting(nextTryAt: LocalTime | undefined): void {
    const since = this.#state.status === 'reconnecting' ? this.#state.since : Date.now()
    const attempt = this.#attempt
    this.#set({ status: 'reconnecting', since, attempt, nextTryAt, lastLiveAt: this.#lastLiveAt })
  }

  #set(state: ConnectionState): void {
    this.#state = state
    this.#stateListeners.call()
  }

  #clearTimers(): void {
    clearTimeout(this.#retryTimer)
    this.#clockSync.stop()
  }
}
