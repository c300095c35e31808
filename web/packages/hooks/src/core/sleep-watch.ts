import type { Release } from './listeners.ts'

const TICK_MS = 5_000
/** A timer that is this late has slept. In a hidden tab it may only be throttled, which is why a wake costs no more than a question. */
const SLEPT_MS = 15_000

/** Calls after the device has slept, which no event tells when the page stayed in view. */
export function watchSleep(notify: () => void): Release {
  let before = Date.now()
  const timer = setInterval(() => {
    const slept = Date.now() - before > SLEPT_MS
    before = Date.now()
    if (slept) notify()
  }, TICK_MS)
  return () => clearInterval(timer)
}
