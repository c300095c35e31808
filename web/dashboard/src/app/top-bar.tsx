import { ConnectionStatus } from '../features/connection/connection-status.tsx'
import { Logo } from '../shared/logo.tsx'

export interface TopBarProps {
  readonly name: string
  /** No real money moves: said by a stripe over the whole page and by the word. */
  readonly paper: boolean
  readonly onSignOut: () => Promise<void>
}

export function TopBar({ name, paper, onSignOut }: TopBarProps) {
  return (
    <div className="sticky top-0 z-10">
      {paper && <div aria-hidden="true" className="paper-stripe h-1" />}
      <header className="border-b border-line bg-page/90 backdrop-blur">
        <div className="mx-auto flex h-14 max-w-360 items-center gap-4 px-4 sm:gap-6 sm:px-6">
          <Logo />
          {paper && (
            <span
              title="Simulated money: no order leaves this server"
              className="rounded-md border border-paper/60 bg-paper-wash px-2 py-0.5 text-micro font-semibold tracking-[0.14em] text-paper"
            >
              PAPER
            </span>
          )}
          <div className="ml-auto flex items-center gap-4 sm:gap-6">
            <ConnectionStatus />
            <span className="text-small text-muted max-sm:hidden">{name}</span>
            <button
              type="button"
              onClick={() => void onSignOut()}
              className="text-small text-muted hover:text-text max-sm:hidden"
            >
              Sign out
            </button>
            <button
              type="button"
              onClick={() => void onSignOut()}
              aria-label="Sign out"
              className="grid size-8 place-items-center rounded-md text-muted hover:text-text sm:hidden"
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
                <path d="M14 4h5v16h-5M10 8l-4 4 4 4M6 12h9" />
              </svg>
            </button>
          </div>
        </div>
      </header>
    </div>
  )
}
