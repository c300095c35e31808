import { useLayoutEffect, useRef, type ReactNode } from 'react'

const FLASH_MS = 900
/** A price that changes all the time would never rest: it flashes at most this often. */
const REST_MS = 1_500

const motionIsWelcome = (): boolean =>
  typeof matchMedia !== 'function' || !matchMedia('(prefers-reduced-motion: reduce)').matches

export interface TickingProps {
  readonly value: number | undefined
  readonly children: ReactNode
  readonly className?: string
  /** The arrow: in its place in front, or behind for numbers that stand alone. */
  readonly arrow?: 'before' | 'after'
}

/**
 * A number that changes by itself. On a change it takes the colour of the
 * direction, with an arrow beside it, and fades back; not at all for those who
 * asked for less motion. The arrow's place is kept free, so that nothing jumps.
 */
export function Ticking({ value, children, className = '', arrow = 'before' }: TickingProps) {
  const root = useRef<HTMLSpanElement>(null)
  const glyph = useRef<HTMLSpanElement>(null)
  const previous = useRef(value)
  const flashedAt = useRef(-Infinity)

  useLayoutEffect(() => {
    const before = previous.current
    previous.current = value
    if (before === undefined || value === undefined || before === value || !motionIsWelcome()) return
    const now = performance.now()
    if (now - flashedAt.current < REST_MS) return
    flashedAt.current = now
    flash(root.current, glyph.current, value > before ? 'up' : 'down')
  }, [value])

  const place = (
    <span ref={glyph} aria-hidden="true" className="inline-block w-3 text-center text-[9px] opacity-0">
      ▲
    </span>
  )
  return (
    <span className={`inline-flex items-baseline whitespace-nowrap ${className}`}>
      {arrow === 'before' && place}
      <span ref={root}>{children}</span>
      {arrow === 'after' && place}
    </span>
  )
}

function flash(root: HTMLElement | null, glyph: HTMLElement | null, direction: 'up' | 'down'): void {
  if (!root || !glyph) return
  root.dataset['direction'] = direction
  glyph.textContent = direction === 'up' ? '▲' : '▼'
  if (typeof root.animate !== 'function') return
  for (const element of [root, glyph]) for (const running of element.getAnimations()) running.cancel()
  const tint = `color-mix(in oklab, var(--color-${direction}) var(--flash-strength, 100%), currentColor)`
  root.animate([{ color: tint }, { color: tint, offset: 0.35 }, {}], FLASH_MS)
  glyph.style.color = `var(--color-${direction})`
  glyph.animate([{ opacity: 1 }, { opacity: 1, offset: 0.35 }, { opacity: 0 }], FLASH_MS)
}
