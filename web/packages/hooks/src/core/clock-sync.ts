import type { ServerClock } from './clock.ts'
import { TokenBucket } from './token-bucket.ts'
import { parseClockReply, type Reply } from './wire/reply.ts'

/** The server allows 30 clock requests a minute: these are two, and that many are left for proofs. */
const INTERVAL_MS = 30_000
const PROOFS_PER_MINUTE = 25
/** After sleep a dead link looks alive; this is how long it has to prove that it is not. */
const PROOF_TIMEOUT_MS = 3_000

export interface ClockSyncOptions {
  readonly clock: ServerClock
  readonly request: (event: string, payload?: unknown, timeoutMs?: number) => Promise<Reply>
  readonly onProtocolError: (error: unknown) => void
}

/** Asks the server for its time: regularly while the link is live, and as a proof that it is. */
export class ClockSync {
  readonly #options: ClockSyncOptions
  readonly #proofs = new TokenBucket(PROOFS_PER_MINUTE, 60_000)
  #timer: ReturnType<typeof setInterval> | undefined

  constructor(options: ClockSyncOptions) {
    this.#options = options
  }

  /** The link has become live; a new socket has fresh limits. */
  start(): void {
    this.stop()
    this.#proofs.reset()
    this.#timer = setInterval(() => void this.#measure(), INTERVAL_MS)
    void this.#measure()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** False when a link that was taken for live does not answer. */
  async proveAlive(): Promise<boolean> {
    if (this.#proofs.take(Date.now()) > 0) return true // proven a moment ago, again and again
    return this.#measure(PROOF_TIMEOUT_MS)
  }

  /** A refusal is an answer too. */
  async #measure(timeoutMs?: number): Promise<boolean> {
    const { clock, request, onProtocolError } = this.#options
    const sent = Date.now()
    const reply = await request('clock', undefined, timeoutMs)
    if (!reply.ok) return reply.error.code !== 'no_answer'
    try {
      clock.measure(sent, parseClockReply(reply.raw, 'clock').now, Date.now())
    } catch (error) {
      onProtocolError(error)
    }
    return true
  }
}
