import {
  browserEnvironment,
  createTradewind,
  TradewindProvider,
  useConnection,
  type Me,
  type TickerSymbol,
} from '@tradewind/react'
import { useEffect, useState } from 'react'
import { ConnectionBanner } from '../features/connection/connection-banner.tsx'
import { OpenOrders } from '../features/orders/open-orders.tsx'
import { OrderTicket } from '../features/orders/order-ticket.tsx'
import { PortfolioHeader } from '../features/portfolio/portfolio-header.tsx'
import { PositionsTable } from '../features/portfolio/positions-table.tsx'
import { RecentTrades } from '../features/trades/recent-trades.tsx'
import { TradeToasts } from '../features/trades/trade-toasts.tsx'
import { Watchlist } from '../features/watchlist/watchlist.tsx'
import { serverUrl } from '../shared/config.ts'
import { PhoneTabs, type PhoneTab } from './phone-tabs.tsx'
import { credentials } from './session.ts'
import { TopBar } from './top-bar.tsx'
import { useSearchKey } from './use-search-key.ts'

export interface DeskProps {
  readonly me: Me
  readonly onSignOut: () => Promise<void>
  readonly onEnded: (reason: string) => void
}

/** Everything that a signed-in user sees. One client per user: a new one is made by a new key. */
export function Desk({ me, onSignOut, onEnded }: DeskProps) {
  const [client] = useState(() => {
    const url = serverUrl()
    return createTradewind({
      ...(url === undefined ? {} : { url }),
      credentials,
      environment: browserEnvironment(),
      storage: window.sessionStorage,
      onProtocolError: (error) => console.warn('message not understood', error),
    })
  })
  useEffect(() => client.api.onUnauthorized(() => onEnded('expired')), [client, onEnded])
  return (
    <TradewindProvider client={client}>
      <EndOfSession onEnded={onEnded} />
      <TradeToasts />
      <DeskLayout me={me} onSignOut={onSignOut} />
    </TradewindProvider>
  )
}

/** Leaves the desk when the server does not know the session any more. */
function EndOfSession({ onEnded }: Pick<DeskProps, 'onEnded'>) {
  const state = useConnection()
  const over =
    state.status === 'ended'
      ? state.reason
      : state.status === 'refused' && (state.code === 'invalid_session' || state.code === 'auth_required')
        ? 'expired'
        : undefined
  useEffect(() => {
    if (over !== undefined) onEnded(over)
  }, [over, onEnded])
  return null
}

function DeskLayout({ me, onSignOut }: Pick<DeskProps, 'me' | 'onSignOut'>) {
  const [symbol, setSymbol] = useState<TickerSymbol>('')
  const [tab, setTab] = useState<PhoneTab>('portfolio')
  const paper = me.account?.live !== true
  useSearchKey(() => setTab('watchlist'))

  const trade = (chosen: TickerSymbol) => {
    setSymbol(chosen)
    setTab('trade')
  }
  const onPhone = (...tabs: readonly PhoneTab[]) => (tabs.includes(tab) ? '' : 'max-desk:hidden')
  return (
    <div className="flex min-h-dvh flex-col">
      <TopBar name={me.user.name} paper={paper} onSignOut={onSignOut} />
      <ConnectionBanner />
      <main className="mx-auto grid w-full max-w-360 flex-1 content-start gap-4 px-4 py-4 max-desk:pb-24 sm:gap-5 sm:px-6 sm:py-5 desk:grid-cols-[minmax(0,1fr)_21.5rem]">
        <h1 className="sr-only">Trading desk</h1>
        <div className={`grid min-w-0 content-start gap-4 sm:gap-5 ${onPhone('portfolio', 'activity')}`}>
          <div className={onPhone('portfolio')}>
            <PortfolioHeader />
          </div>
          <div className={onPhone('portfolio')}>
            <PositionsTable onSelect={trade} />
          </div>
          <div className={`grid items-start gap-4 sm:gap-5 lg:grid-cols-2 ${onPhone('activity')}`}>
            <OpenOrders />
            <RecentTrades />
          </div>
        </div>
        <div className={`grid min-w-0 content-start gap-4 sm:gap-5 ${onPhone('trade', 'watchlist')}`}>
          <div className={onPhone('trade')}>
            <OrderTicket symbol={symbol} onSymbol={setSymbol} paper={paper} />
          </div>
          <div className={onPhone('watchlist')}>
            <Watchlist onSelect={trade} />
          </div>
        </div>
      </main>
      <PhoneTabs current={tab} onChange={setTab} />
    </div>
  )
}
