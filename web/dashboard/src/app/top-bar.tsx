import { Link, useLocation } from 'wouter'
import { ConnectionStatus } from '../features/connection/connection-status.tsx'
import { NotificationCentre } from '../features/notifications/notification-centre.tsx'
import { Icon } from '../shared/icon.tsx'
import { Logo } from '../shared/logo.tsx'

export interface TopBarProps {
  readonly name: string
  /** No real money moves: said by a stripe over the whole page and by the word. */
  readonly paper: boolean
  readonly onSignOut: () => Promise<void>
}

const pages = [
  { path: '/', label: 'Desk' },
  { path: '/orders', label: 'Orders' },
  { path: '/settings', label: 'Settings' },
] as const

const iconButton =
  'grid size-9 place-items-center rounded-lg text-muted transition-colors hover:bg-raised hover:text-text'

export function TopBar({ name, paper, onSignOut }: TopBarProps) {
  const [here] = useLocation()
  return (
    <div className="sticky top-0 z-20">
      <a
        href="#content"
        className="absolute top-3 left-3 z-30 rounded-lg bg-accent px-4 py-2 font-semibold text-on-accent not-focus:sr-only"
      >
        Skip to the content
      </a>
      {paper && <div aria-hidden="true" className="paper-stripe h-1" />}
      <header className="border-b border-line bg-page/90 backdrop-blur">
        <div className="mx-auto flex h-14 max-w-360 items-center gap-4 px-4 sm:gap-6 sm:px-6">
          <Link href="/" aria-label="Tradewind, to the desk" className="rounded-md">
            <Logo />
          </Link>
          {paper && (
            <span
              title="Simulated money: no order leaves this server"
              className="rounded-md border border-paper/60 bg-paper-wash px-2 py-0.5 text-micro font-semibold tracking-[0.14em] text-paper"
            >
              PAPER
            </span>
          )}
          <nav aria-label="Pages" className="flex gap-1 max-desk:hidden">
            {pages.map(({ path, label }) => (
              <Link
                key={path}
                href={path}
                aria-current={path === here ? 'page' : undefined}
                className="rounded-lg px-3 py-1.5 text-small font-medium text-muted transition-colors hover:text-text aria-[current]:bg-raised aria-[current]:text-text"
              >
                {label}
              </Link>
            ))}
          </nav>
          <div className="ml-auto flex items-center gap-4 sm:gap-6">
            <ConnectionStatus />
            <span className="text-small text-muted max-sm:hidden">{name}</span>
            <div className="flex items-center gap-1">
              <NotificationCentre />
              <Link href="/settings" aria-label="Settings" className={`desk:hidden ${iconButton}`}>
                <Icon name="gear" />
              </Link>
              <button
                type="button"
                onClick={() => void onSignOut()}
                aria-label="Sign out"
                title="Sign out"
                className={`max-sm:hidden ${iconButton}`}
              >
                <Icon name="out" />
              </button>
            </div>
          </div>
        </div>
      </header>
    </div>
  )
}
