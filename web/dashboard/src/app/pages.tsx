import { usePortfolio, type ExecutionId, type Me, type TickerSymbol } from '@tradewind/react'
import { useRef, useState } from 'react'
import { Link, Route, Switch, useLocation } from 'wouter'
import { ConnectionBanner } from '../features/connection/connection-banner.tsx'
import { BlotterPage } from '../features/orders/blotter-page.tsx'
import type { TicketHandle } from '../features/orders/order-ticket.tsx'
import { SettingsPage } from '../features/settings/settings-page.tsx'
import { TradePage } from '../features/trades/trade-page.tsx'
import { Page } from '../shared/page.tsx'
import { Desk } from './desk.tsx'
import { PhoneTabs, type PhoneTab } from './phone-tabs.tsx'
import { TopBar } from './top-bar.tsx'
import { useDeskKeys } from './use-desk-keys.ts'

export interface PagesProps {
  readonly me: Me
  readonly onSignOut: () => Promise<void>
}

/** The pages by their paths. What was chosen on the desk stays chosen on the way back. */
export function Pages({ me, onSignOut }: PagesProps) {
  const [path, go] = useLocation()
  const [chosen, choose] = useState<TickerSymbol>()
  const [tab, setTab] = useState<PhoneTab>('portfolio')
  const ticket = useRef<TicketHandle>(null)
  const largest = useLargestPosition()
  const paper = me.account?.live !== true

  const open = (part: PhoneTab) => {
    setTab(part)
    if (path !== '/') go('/')
  }
  useDeskKeys({
    onSearch: () => open('watchlist'),
    onSide: (side) => {
      open('trade')
      return () => ticket.current?.begin(side)
    },
    onHelp: () => go('/settings'),
  })
  return (
    <div className="flex min-h-dvh flex-col">
      <TopBar name={me.user.name} paper={paper} onSignOut={onSignOut} />
      <ConnectionBanner />
      <Switch>
        <Route path="/">
          <Desk
            symbol={chosen ?? largest ?? ''}
            onSymbol={choose}
            tab={tab}
            onTab={setTab}
            paper={paper}
            ticket={ticket}
          />
        </Route>
        <Route path="/orders">
          <BlotterPage />
        </Route>
        <Route path="/trades/:id">{({ id }) => <TradePage key={id} id={readId(id)} />}</Route>
        <Route path="/settings">
          <SettingsPage name={me.user.name} onSignOut={onSignOut} />
        </Route>
        <Route>
          <Page title="Nothing here">
            <p className="text-muted">
              There is no page under this address.{' '}
              <Link href="/" className="font-medium text-accent underline underline-offset-4">
                Back to the desk
              </Link>
            </p>
          </Page>
        </Route>
      </Switch>
      <PhoneTabs current={path === '/' ? tab : undefined} onChange={open} />
    </div>
  )
}

/** An id as the address has it: the router leaves what could be a separator as it is. */
function readId(written: string): ExecutionId {
  try {
    return decodeURIComponent(written)
  } catch {
    return written // nobody wrote this but by hand: there is no such trade
  }
}

/** What the desk shows before a symbol was chosen. Chosen once: it must not change under the trader's hands. */
function useLargestPosition(): TickerSymbol | undefined {
  const { value } = usePortfolio()
  const [largest, setLargest] = useState<TickerSymbol>()
  if (largest === undefined && value && value.positions.length > 0) {
    setLargest(value.positions.reduce((a, b) => (b.marketValue > a.marketValue ? b : a)).symbol)
  }
  return largest
}
