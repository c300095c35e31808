import type { ServerTime } from '@tradewind/react'
import { useEffect, useRef } from 'react'
import { useColours } from '../../shared/theme.ts'
import type { Bar, Mark } from './bars.ts'
import { readPalette } from './palette.ts'
import { PricePlot } from './price-plot.ts'

export interface PlotProps {
  readonly bars: readonly Bar[]
  /** The last bar as it grows. */
  readonly growing: Bar | undefined
  readonly marks: readonly Mark[]
  readonly onPoint: (start: ServerTime | undefined) => void
}

/** The canvas. It and its library are a chunk of their own: the desk is there before them. */
export function Plot({ bars, growing, marks, onPoint }: PlotProps) {
  const container = useRef<HTMLDivElement>(null)
  const plot = useRef<PricePlot>(undefined)
  const colours = useColours()

  useEffect(() => {
    const element = container.current
    if (!element) return
    const made = new PricePlot(element, readPalette(element), onPoint)
    plot.current = made
    return () => {
      plot.current = undefined
      made.remove()
    }
  }, [onPoint])
  useEffect(() => {
    if (container.current) plot.current?.setPalette(readPalette(container.current))
  }, [colours])
  useEffect(() => plot.current?.setBars(bars), [bars])
  useEffect(() => {
    if (growing) plot.current?.grow(growing)
  }, [growing])
  useEffect(() => plot.current?.setMarks(marks), [marks, colours])
  return <div ref={container} className="absolute inset-0" />
}
