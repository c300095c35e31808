import { useId, type InputHTMLAttributes, type Ref } from 'react'

export interface TextFieldProps extends Pick<
  InputHTMLAttributes<HTMLInputElement>,
  'type' | 'inputMode' | 'autoComplete'
> {
  readonly label: string
  readonly value: string
  /** What is wrong with what was typed. */
  readonly error?: string | undefined
  readonly onChange: (text: string) => void
  readonly field?: Ref<HTMLInputElement>
}

/** Something to type, under its label, over what is wrong with it. */
export function TextField({ label, value, error, onChange, field, ...input }: TextFieldProps) {
  const id = useId()
  return (
    <div className="grid gap-1.5">
      <label htmlFor={id} className="text-small text-muted">
        {label}
      </label>
      <input
        {...input}
        ref={field}
        id={id}
        className="field"
        value={value}
        aria-invalid={error !== undefined}
        aria-describedby={error ? `${id}-error` : undefined}
        onChange={(event) => onChange(event.target.value)}
      />
      {error && (
        <p id={`${id}-error`} className="text-micro text-down">
          {error}
        </p>
      )}
    </div>
  )
}
