import { useId, type ReactNode } from 'react'

export interface PanelProps {
  readonly title: string
  /** Beside the title: a count, a control. */
  readonly aside?: ReactNode
  readonly children: ReactNode
  readonly className?: string
}

/** A titled region of the page. */
export function Panel({ title, aside, children, className = '' }: PanelProps) {
  const heading = useId()
  return (
    <section aria-labelledby={heading} className={`rounded-2xl border border-line bg-panel ${className}`}>
      <header className="flex min-h-13 items-center justify-between gap-4 px-5 pt-3 pb-2">
        <h2 id={heading} className="text-small font-semibold tracking-wide whitespace-nowrap">
          {title}
        </h2>
        {aside}
      </header>
      {children}
    </section>
  )
}

/** What stands where there is nothing yet. */
export function Empty({ children }: { readonly children: ReactNode }) {
  return <p className="px-5 pt-2 pb-7 text-small text-muted">{children}</p>
}
