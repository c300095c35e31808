import type { SocketLike } from '../src/core/socket.ts'

type Listener = (...args: readonly unknown[]) => void
type Answer = (error: Error | null, raw?: unknown) => void

/** An event that the client has sent and that waits for its answer. */
export interface SentEvent {
  readonly event: string
  readonly payload: unknown
  readonly answer: (raw: unknown) => void
}

/** The server's side of a socket in memory: says what was sent, and plays every part of the server. */
export class FakeSocket implements SocketLike {
  connected = false
  /** How often the client asked to connect. */
  connects = 0
  /** What the client sent, oldest first, clock requests left out. */
  sent: SentEvent[] = []
  readonly clockAnswers: ((raw: unknown) => void)[] = []
  readonly #listeners = new Map<string, Listener[]>()
  readonly #any: ((event: string, ...args: readonly unknown[]) => void)[] = []
  #waiting = new Set<Answer>()

  connect(): void {
    this.connects += 1
  }

  disconnect(): void {
    if (this.connected) this.drop('io client disconnect')
  }

  on(event: string, listener: Listener): void {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener])
  }

  off(event: string, listener: Listener): void {
    const others = this.#listeners.get(event)?.filter((known) => known !== listener)
    this.#listeners.set(event, others ?? [])
  }

  emit(event: string, ...args: readonly unknown[]): void {
    this.sent.push({ event, payload: args[0], answer: () => {} })
  }

  onAny(listener: (event: string, ...args: readonly unknown[]) => void): void {
    this.#any.push(listener)
  }

  timeout(milliseconds: number) {
    return {
      emit: (event: string, ...args: readonly unknown[]) => {
        const callback = args.at(-1) as Answer
        const settle: Answer = (error, raw) => {
          if (!this.#waiting.delete(settle)) return
          clearTimeout(timer)
          callback(error, raw)
        }
        const timer = setTimeout(() => settle(new Error('operation has timed out')), milliseconds)
        this.#waiting.add(settle)
        const answer = (raw: unknown) => settle(null, raw)
        if (event === 'clock') this.clockAnswers.push(answer)
        else this.sent.push({ event, payload: args.length > 1 ? args[0] : undefined, answer })
      },
    }
  }

  // What the server and the network do.

  accept(): void {
    this.connected = true
    this.#fire('connect')
  }

  /** A CONNECT_ERROR. */
  refuse(message: string, data: unknown): void {
    this.#fire('connect_error', Object.assign(new Error(message), { data }))
  }

  /** Nobody answers. */
  fail(): void {
    this.#fire('connect_error', new Error('websocket error'))
  }

  drop(reason = 'transport close'): void {
    this.connected = false
    this.#fire('disconnect', reason)
    for (const settle of Array.from(this.#waiting)) settle(new Error('socket has been disconnected'))
  }

  push(event: string, payload: unknown): void {
    for (const listener of this.#any) listener(event, payload)
    this.#fire(event, payload)
  }

  /** Takes the oldest event that waits, which must have this name. */
  take(event: string): SentEvent {
    const next = this.sent.shift()
    if (next?.event !== event)
      throw new Error(`expected ${event} to be sent, got ${next?.event ?? 'nothing'}`)
    return next
  }

  #fire(event: string, ...args: readonly unknown[]): void {
    for (const listener of this.#listeners.get(event) ?? []) listener(...args)
  }
}
