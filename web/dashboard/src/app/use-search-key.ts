import { useEffect, useEffectEvent } from 'react'
import { flushSync } from 'react-dom'

/** The id of the field that the key goes to. */
const SEARCH_FIELD = 'symbol-search'

/** The key / goes to the symbol search, unless something is being typed. */
export function useSearchKey(reveal: () => void): void {
  const onKeyDown = useEffectEvent((event: KeyboardEvent) => {
    const { target } = event
    const typing =
      target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]')
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || typing) return
    event.preventDefault()
    flushSync(reveal) // the next key may come before the next frame, and belongs to the field
    document.getElementById(SEARCH_FIELD)?.focus()
  })
  useEffect(() => {
    const listener = (event: KeyboardEvent) => onKeyDown(event)
    document.addEventListener('keydown', listener)
    return () => document.removeEventListener('keydown', listener)
  }, [])
}
