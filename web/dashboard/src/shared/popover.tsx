import { useEffect, useId, useRef, useState, type ReactNode } from 'react'

export interface PopoverProps {
  /** Of the button and of what opens. */
  readonly label: string
  /** Said of the button beside the label: how many are new. */
  readonly detail?: string | undefined
  readonly face: ReactNode
  readonly onOpen?: () => void
  readonly children: (close: () => void) => ReactNode
}

/** A button under which something opens. Escape and a press elsewhere close it. */
export function Popover({ label, detail, face, onOpen, children }: PopoverProps) {
  const [open, setOpen] = useState(false)
  const root = useRef<HTMLDivElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  const id = useId()

  useEffect(() => {
    if (!open) return
    const elsewhere = ({ target }: Event) => {
      if (target instanceof Node && !root.current?.contains(target)) setOpen(false)
    }
    const escape = ({ key }: KeyboardEvent) => {
      if (key !== 'Escape') return
      setOpen(false)
      button.current?.focus()
    }
    document.addEventListener('pointerdown', elsewhere)
    document.addEventListener('keydown', escape)
    return () => {
      document.removeEventListener('pointerdown', elsewhere)
      document.removeEventListener('keydown', escape)
    }
  }, [open])

  const toggle = () => {
    if (!open) onOpen?.()
    setOpen(!open)
  }
  return (
    <div ref={root} className="relative">
      <button
        ref={button}
        type="button"
        aria-label={detail ? `${label}, ${detail}` : label}
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={toggle}
        className="relative grid size-9 place-items-center rounded-lg text-muted transition-colors hover:bg-raised hover:text-text aria-expanded:bg-raised aria-expanded:text-text"
      >
        {face}
      </button>
      {open && (
        <section
          id={id}
          aria-label={label}
          className="absolute top-full right-0 z-30 mt-2 w-92 overflow-hidden rounded-2xl border border-line bg-panel shadow-xl shadow-black/25 max-sm:fixed max-sm:inset-x-3 max-sm:top-17 max-sm:mt-0 max-sm:w-auto"
        >
          {children(() => setOpen(false))}
        </section>
      )}
    </div>
  )
}
