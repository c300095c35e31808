import { useId } from 'react'

export interface SegmentedOption<Value extends string> {
  readonly value: Value
  readonly label: string
  /** The label in full, when it is an abbreviation. */
  readonly name?: string
  /** Colours while chosen. */
  readonly selected?: string
}

export interface SegmentedProps<Value extends string> {
  readonly legend: string
  readonly value: Value
  readonly options: readonly SegmentedOption<Value>[]
  readonly onChange: (value: Value) => void
}

/** A choice of few, all visible: radio buttons that look like one switch. */
export function Segmented<Value extends string>({ legend, value, options, onChange }: SegmentedProps<Value>) {
  const name = useId()
  return (
    <fieldset className="grid auto-cols-fr grid-flow-col rounded-lg bg-raised p-1">
      <legend className="sr-only">{legend}</legend>
      {options.map((option) => {
        const chosen = option.value === value
        const colours = chosen
          ? (option.selected ?? 'bg-panel text-text shadow-sm shadow-black/10')
          : 'text-muted hover:text-text'
        return (
          <label
            key={option.value}
            className={`cursor-pointer rounded-md px-2 py-1.5 whitespace-nowrap text-center text-small font-medium transition-colors has-focus-visible:outline-2 has-focus-visible:outline-accent ${colours}`}
          >
            <input
              type="radio"
              className="sr-only"
              name={name}
              value={option.value}
              aria-label={option.name}
              checked={chosen}
              onChange={() => onChange(option.value)}
            />
            {option.label}
          </label>
        )
      })}
    </fieldset>
  )
}
