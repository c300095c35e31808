/** Mirrors a limit of the server, so that we never run into it: `capacity` at once, refilled over `periodMs`. */
export class TokenBucket {
  readonly #capacity: number
  readonly #refillMs: number
  #tokens: number
  #at: number | undefined

  constructor(capacity: number, periodMs: number) {
    this.#capacity = capacity
    this.#refillMs = periodMs / capacity
    this.#tokens = capacity
  }

  /** Takes a token and returns 0, or returns how many milliseconds to wait for one. */
  take(now: number): number {
    this.#refill(now)
    if (this.#tokens >= 1) {
      this.#tokens -= 1
      return 0
    }
    return Math.ceil((1 - this.#tokens) * this.#refillMs)
  }

  /** A new socket has fresh buckets. */
  reset(): void {
    this.#tokens = this.#capacity
    this.#at = undefined
  }

  #refill(now: number): void {
    if (this.#at !== undefined) {
      const gained = Math.max(0, now - this.#at) / this.#refillMs
      this.#tokens = Math.min(this.#capacity, this.#tokens + gained)
    }
    this.#at = now
  }
}
