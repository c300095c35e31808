import { useLayoutEffect, useRef, type ReactNode } from 'react'

const FLASH_MS = 1_100

const motionIsWelcome = (): boolean =>
  typeof matchMedia !== 'function' || !matchMedia('(prefers-reduced-motion: reduce)').matches

export interface TickingProps {
  readonly value: number | undefined
  readonly children: ReactNode
  readonly className?: string
}

/**
 * A number that changes by itself. On a change it takes the colour of the
 * direction, with an arrow beside it, and fades back; not at all for those who
 * asked for less motion. The arrow's place is kept free, so that nothing jumps.
 */
export function Ticking({ value, children, className = '' }: TickingProps) {
  const root = useRef<HTMLSpanElement>(null)
  const glyph = useRef<HTMLSpanElement>(null)
  const previous = useRef(value)

  useLayoutEffect(() => {
    const before = previous.current
    previous.current = value
    if (before === undefined || value === undefined || before === value || !motionIsWelcome()) return
    flash(root.current, glyph.current, value > before ? 'up' : 'down')
  }, [value])

  return (
    <span ref={root} className={`whitespace-nowrap ${className}`}>
      <span ref={glyph} aria-hidden="true" className="mr-1 inline-block w-[1em] text-center text-[0.6em] opacity-0" />
      {children}
    </span>
  )
}

function flash(root: HTMLElement | null, glyph: HTMLElement | null, direction: 'up' | 'down'): void {
  if (!root || !glyph) return
  root.dataset['direction'] = direction
  glyph.textContent = direction === 'up' ? '▲' : '▼'
  if (typeof root.animate !== 'function') return
  for (const element of [root, glyph]) for (const running of element.getAnimations()) running.cancel()
  root.animate([{ color: `var(--color-${direction})` }, { color: `var(--color-${direction})`, offset: 0.35 }, {}], FLASH_MS)
  glyph.animate([{ opacity: 1 }, { opacity: 1, offset: 0.35 }, { opacity: 0 }], FLASH_MS)
}
