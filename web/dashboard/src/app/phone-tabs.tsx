export type PhoneTab = 'portfolio' | 'watchlist' | 'trade' | 'activity'

const tabs: readonly { readonly tab: PhoneTab; readonly label: string; readonly path: string }[] = [
  { tab: 'portfolio', label: 'Portfolio', path: 'M3 17l5-6 4 3 7-9M3 21h18' },
  {
    tab: 'watchlist',
    label: 'Watchlist',
    path: 'M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12zM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z',
  },
  { tab: 'trade', label: 'Trade', path: 'M7 4v16M7 4L3 8M7 4l4 4M17 20V4M17 20l-4-4M17 20l4-4' },
  { tab: 'activity', label: 'Activity', path: 'M4 6h16M4 12h16M4 18h10' },
]

export interface PhoneTabsProps {
  /** undefined: another page than the desk. */
  readonly current: PhoneTab | undefined
  readonly onChange: (tab: PhoneTab) => void
}

/** Where a phone, which shows one part at a time, goes from part to part. */
export function PhoneTabs({ current, onChange }: PhoneTabsProps) {
  return (
    <nav
      aria-label="Parts of the desk"
      className="fixed inset-x-0 bottom-0 z-10 grid grid-cols-4 border-t border-line bg-panel/95 pb-[env(safe-area-inset-bottom)] backdrop-blur desk:hidden"
    >
      {tabs.map(({ tab, label, path }) => (
        <button
          key={tab}
          type="button"
          aria-current={tab === current ? 'page' : undefined}
          onClick={() => {
            onChange(tab)
            window.scrollTo({ top: 0 })
          }}
          className={`grid justify-items-center gap-1 pt-2.5 pb-2 text-micro ${
            tab === current ? 'font-semibold text-accent' : 'text-muted'
          }`}
        >
          <svg
            aria-hidden="true"
            viewBox="0 0 24 24"
            fill="none"
            stroke="currentColor"
            strokeWidth="1.75"
            strokeLinecap="round"
            strokeLinejoin="round"
            className="size-5"
          >
            <path d={path} />
          </svg>
          {label}
        </button>
      ))}
    </nav>
  )
}
