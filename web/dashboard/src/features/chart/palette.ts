/** The desk's colours as a canvas takes them, which knows no variables. */
export interface Palette {
  readonly up: string
  readonly down: string
  readonly upWash: string
  readonly downWash: string
  readonly text: string
  readonly line: string
  readonly accent: string
  readonly panel: string
}

/** Reads the colours that the page has at this moment. */
export function readPalette(element: HTMLElement): Palette {
  const probe = element.ownerDocument.createElement('span')
  element.append(probe)
  const colour = (name: string): string => {
    probe.style.color = `var(--color-${name})`
    return getComputedStyle(probe).color
  }
  const palette = {
    up: colour('up'),
    down: colour('down'),
    upWash: fade(colour('up')),
    downWash: fade(colour('down')),
    text: colour('muted'),
    line: colour('line'),
    accent: colour('accent'),
    panel: colour('panel'),
  }
  probe.remove()
  return palette
}

/** rgb(1, 2, 3) → rgba(1, 2, 3, 0.32) */
export const fade = (colour: string): string => colour.replace(/^rgb\((.*)\)$/, 'rgba($1, 0.32)')
