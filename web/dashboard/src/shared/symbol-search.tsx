import type { Instrument, TickerSymbol } from '@tradewind/react'
import { useId, useState, type KeyboardEvent } from 'react'
import { useInstrumentSearch } from './use-instruments.ts'

export interface SymbolSearchProps {
  readonly label: string
  readonly placeholder: string
  readonly onPick: (symbol: TickerSymbol) => void
  /** What a result does when picked, such as "Add"; shown beside it. */
  readonly verb?: string
  /** Results that are not worth offering. */
  readonly exclude?: readonly TickerSymbol[]
  readonly id?: string
}

const MAX_RESULTS = 8

/** Finds a symbol by ticker or name, with the keyboard as well as with the mouse. */
export function SymbolSearch({ label, placeholder, onPick, verb, exclude = [], id }: SymbolSearchProps) {
  const [text, setText] = useState('')
  const [open, setOpen] = useState(false)
  const [active, setActive] = useState(0)
  const listId = useId()
  const { found, loading, wait } = useInstrumentSearch(text)
  const offer = (matches: readonly Instrument[]) =>
    matches.filter(({ symbol }) => !exclude.includes(symbol)).slice(0, MAX_RESULTS)
  const results = offer(found)
  const shown = open && text.trim() !== ''
  const current = Math.min(active, results.length - 1)

  const pick = (instrument: Instrument | undefined) => {
    if (!instrument) return
    onPick(instrument.symbol)
    setText('')
    setOpen(false)
  }

  /** Who types fast and presses Enter means what was typed, not what is listed yet. */
  const pickTyped = async () => {
    if (!loading) {
      pick(results[current])
      return
    }
    try {
      pick(offer(await wait())[0])
    } catch {
      // The list stays empty and says so.
    }
  }

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      setOpen(true)
      const step = event.key === 'ArrowDown' ? 1 : -1
      setActive((current + step + results.length) % Math.max(1, results.length))
    } else if (event.key === 'Enter' && shown) {
      event.preventDefault()
      void pickTyped()
    } else if (event.key === 'Escape') {
      setOpen(false)
    }
  }

  return (
    <div className="relative">
      <input
        id={id}
        className="field"
        role="combobox"
        aria-label={label}
        aria-expanded={shown}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={shown && results.length > 0 ? `${listId}-${current}` : undefined}
        autoComplete="off"
        autoCapitalize="characters"
        spellCheck={false}
        placeholder={placeholder}
        value={text}
        onChange={(event) => {
          setText(event.target.value)
          setOpen(true)
          setActive(0)
        }}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={onKeyDown}
      />
      {shown && (
        <ul
          id={listId}
          role="listbox"
          aria-label={label}
          className="absolute inset-x-0 top-full z-20 mt-1 overflow-hidden rounded-xl border border-line bg-panel py-1 shadow-xl shadow-black/20"
        >
          {results.map((instrument, index) => (
            <li
              key={instrument.symbol}
              id={`${listId}-${index}`}
              role="option"
              aria-selected={index === current}
              className={`flex cursor-pointer items-baseline gap-3 px-3 py-2 ${index === current ? 'bg-raised' : ''}`}
              onPointerEnter={() => setActive(index)}
              onPointerDown={(event) => {
                event.preventDefault() // keeps the focus in the field
                pick(instrument)
              }}
            >
              <span className="font-semibold">{instrument.symbol}</span>
              <span className="flex-1 truncate text-small text-muted">{instrument.name}</span>
              {verb && index === current && <span className="text-micro text-accent">{verb}</span>}
            </li>
          ))}
          {results.length === 0 && (
            <li className="px-3 py-2 text-small text-muted">{loading ? 'Searching…' : 'Nothing found'}</li>
          )}
        </ul>
      )}
    </div>
  )
}
