import { useEffect, useRef, type ReactNode } from 'react'

/** The first page of a visit is read from its top by itself. */
let arrived = false

/** Names the page in the window and, after a change of page, takes the focus to its heading. */
export function usePageHeading(title: string) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = `${title} · Tradewind`
    if (arrived) {
      heading.current?.focus({ preventScroll: true })
      window.scrollTo?.({ top: 0 })
    }
    arrived = true
  }, [title])
  return heading
}

export interface PageProps {
  readonly title: string
  /** Beside the title. */
  readonly aside?: ReactNode
  readonly children: ReactNode
}

/** A page beside the desk. */
export function Page({ title, aside, children }: PageProps) {
  const heading = usePageHeading(title)
  return (
    <main
      id="content"
      className="mx-auto w-full max-w-280 flex-1 px-4 pt-6 pb-12 max-desk:pb-24 sm:px-6 sm:pt-8"
    >
      <header className="mb-5 flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
        <h1 ref={heading} tabIndex={-1} className="text-figure font-semibold tracking-tight outline-none">
          {title}
        </h1>
        {aside}
      </header>
      {children}
    </main>
  )
}
