/** Runs a function once, soon. */
export type ScheduleFrame = (run: () => void) => void

/** A tab in the background gets no animation frames; its stores are flushed this often. */
const HIDDEN_FRAME_MS = 250

/** The next animation frame where there are any, a timer elsewhere and in hidden tabs. */
export const nextFrame: ScheduleFrame = (run) => {
  if (typeof requestAnimationFrame !== 'function') {
    setTimeout(run, 16)
    return
  }
  const runOnce = () => {
    cancelAnimationFrame(frame)
    clearTimeout(timer)
    run()
  }
  const frame = requestAnimationFrame(runOnce)
  const timer = setTimeout(runOnce, HIDDEN_FRAME_MS)
}

/**
 * Collects the stores that changed and flushes each of them once per frame, so
 * that a burst of messages is one render.
 */
export class FrameQueue {
  readonly #schedule: ScheduleFrame
  #dirty = new Set<() => void>()
  #scheduled = false

  constructor(schedule: ScheduleFrame = nextFrame) {
    this.#schedule = schedule
  }

  /** Asks for `flush` in the next frame; asking again before that changes nothing. */
  request(flush: () => void): void {
    this.#dirty.add(flush)
    if (this.#scheduled) return
    this.#scheduled = true
    this.#schedule(() => this.#run())
  }

  #run(): void {
    this.#scheduled = false
    const dirty = this.#dirty
    this.#dirty = new Set()
    for (const flush of dirty) flush()
  }
}
