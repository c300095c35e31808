/** How long to wait between attempts to connect. */
export interface BackoffOptions {
  /** Before the second attempt; default 500 ms. */
  readonly firstMs?: number
  /** At most; default 10 s. */
  readonly maxMs?: number
  /** A number from 0 to 1, for the spread; default Math.random. */
  readonly random?: () => number
}

/** Doubles from first to max, each delay spread over its upper half, so that many clients do not return at once. */
export function backoffDelay(attempt: number, options: BackoffOptions = {}): number {
  const { firstMs = 500, maxMs = 10_000, random = Math.random } = options
  const full = Math.min(maxMs, firstMs * 2 ** Math.min(attempt - 1, 20))
  return Math.round(full * (0.5 + random() * 0.5))
}
