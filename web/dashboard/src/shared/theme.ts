import { useEffect, useState, useSyncExternalStore } from 'react'

export const THEMES = ['system', 'dark', 'light'] as const
export type Theme = (typeof THEMES)[number]

/** Kept on the device too, so that the page does not come up in the other colours first. */
const KEY = 'tradewind.theme'
const listeners = new Set<() => void>()

export const readTheme = (raw: unknown): Theme => THEMES.find((theme) => theme === raw) ?? 'system'

const stored = (): Theme => {
  try {
    return readTheme(localStorage.getItem(KEY))
  } catch {
    return 'system' // a browser that keeps nothing
  }
}

/** Shows the page in these colours from now on. */
export function setTheme(theme: Theme): void {
  document.documentElement.dataset['theme'] = theme
  try {
    localStorage.setItem(KEY, theme)
  } catch {
    // The next page load begins with the system's colours.
  }
  for (const notify of listeners) notify()
}

/** The colours of the last visit. */
export const restoreTheme = (): void => setTheme(stored())

function subscribe(notify: () => void): () => void {
  listeners.add(notify)
  return () => listeners.delete(notify)
}

export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, () => readTheme(document.documentElement.dataset['theme']))
}

/** What is on the screen: 'system' resolved by what the device wants now. */
export function useColours(): 'dark' | 'light' {
  const theme = useTheme()
  const [query] = useState(() => matchMedia('(prefers-color-scheme: light)'))
  const [light, setLight] = useState(query.matches)
  useEffect(() => {
    const changed = () => setLight(query.matches)
    query.addEventListener('change', changed)
    return () => query.removeEventListener('change', changed)
  }, [query])
  if (theme !== 'system') return theme
  return light ? 'light' : 'dark'
}
