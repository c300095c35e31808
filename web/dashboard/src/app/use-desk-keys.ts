import type { Side } from '@tradewind/react'
import { useEffect, useEffectEvent } from 'react'
import { flushSync } from 'react-dom'
import { useSettings } from '../shared/settings.ts'

/** The id of the field that the key / goes to. */
const SEARCH_FIELD = 'symbol-search'

export interface DeskKeys {
  /** Brings the symbol search on the screen. */
  readonly onSearch: () => void
  /** Brings the ticket on the screen; what it returns runs when it is there. */
  readonly onSide: (side: Side) => () => void
  readonly onHelp: () => void
}

/**
 * / goes to the symbol search, b and s to the ticket, ? to the list of keys, unless
 * something is being typed. What comes on the screen is there before the next key,
 * which belongs to its field. The user can switch them off.
 */
export function useDeskKeys({ onSearch, onSide, onHelp }: DeskKeys): void {
  const { keys } = useSettings().settings
  const onKeyDown = useEffectEvent((event: KeyboardEvent) => {
    const { target, key } = event
    const typing =
      target instanceof HTMLElement && target.closest('input:not([type=radio]), textarea, select')
    if (!keys || event.ctrlKey || event.metaKey || event.altKey || typing) return
    if (key === '/') {
      event.preventDefault()
      flushSync(onSearch)
      document.getElementById(SEARCH_FIELD)?.focus()
    } else if (key === 'b' || key === 's') {
      event.preventDefault()
      flushSync(() => onSide(key === 'b' ? 'buy' : 'sell'))()
    } else if (key === '?') {
      event.preventDefault()
      onHelp()
    }
  })
  useEffect(() => {
    const listener = (event: KeyboardEvent) => onKeyDown(event)
    document.addEventListener('keydown', listener)
    return () => document.removeEventListener('keydown', listener)
  }, [])
}
