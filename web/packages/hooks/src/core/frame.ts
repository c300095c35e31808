/** Runs a function once, soon; returns how to call it off. */
export type ScheduleFrame = (run: () => void) => () => void

/** A tab in the background gets no animation frames; its stores are flushed this often. */
const HIDDEN_FRAME_MS = 250

/** The next animation frame where there are any, a timer elsewhere and in hidden tabs. */
export const nextFrame: ScheduleFrame = (run) => {
  if (typeof requestAnimationFrame !== 'function') {
    const timer = setTimeout(run, 16)
    return () => clearTimeout(timer)
  }
  const cancel = () => {
    cancelAnimationFrame(frame)
    clearTimeout(timer)
  }
  const runOnce = () => {
    cancel()
    run()
  }
  const frame = requestAnimationFrame(runOnce)
  const timer = setTimeout(runOnce, HIDDEN_FRAME_MS)
  return cancel
}

/**
 * Collects the stores that changed and flushes each of them once per frame, so
 * that a burst of messages is one render.
 */
export class FrameQueue {
  readonly #schedule: ScheduleFrame
  #dirty = new Set<() => void>()
  #cancel: (() => void) | undefined

  constructor(schedule: ScheduleFrame = nextFrame) {
    this.#schedule = schedule
  }

  /** Asks for `flush` in the next frame; asking again before that changes nothing. */
  request(flush: () => void): void {
    this.#dirty.add(flush)
    this.#cancel ??= this.#schedule(() => this.#run())
  }

  #run(): void {
    this.#cancel = undefined
    const dirty = this.#dirty
    this.#dirty = new Set()
    for (const flush of dirty) flush()
  }
}
