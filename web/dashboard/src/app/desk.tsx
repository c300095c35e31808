import type { TickerSymbol } from '@tradewind/react'
import type { Ref } from 'react'
import { PriceChart } from '../features/chart/price-chart.tsx'
import { OpenOrders } from '../features/orders/open-orders.tsx'
import { OrderTicket, type TicketHandle } from '../features/orders/order-ticket.tsx'
import { PortfolioHeader } from '../features/portfolio/portfolio-header.tsx'
import { PositionsTable } from '../features/portfolio/positions-table.tsx'
import { RecentTrades } from '../features/trades/recent-trades.tsx'
import { Watchlist } from '../features/watchlist/watchlist.tsx'
import { usePageHeading } from '../shared/page.tsx'
import type { PhoneTab } from './phone-tabs.tsx'

export interface DeskProps {
  /** What the chart shows and the ticket trades. */
  readonly symbol: TickerSymbol
  readonly onSymbol: (symbol: TickerSymbol) => void
  /** The part that a phone shows. */
  readonly tab: PhoneTab
  readonly onTab: (tab: PhoneTab) => void
  readonly paper: boolean
  readonly ticket: Ref<TicketHandle>
}

/** Everything that is live, on one page. */
export function Desk({ symbol, onSymbol, tab, onTab, paper, ticket }: DeskProps) {
  const heading = usePageHeading(paper ? 'Desk, paper' : 'Desk')
  const trade = (chosen: TickerSymbol) => {
    onSymbol(chosen)
    onTab('trade')
  }
  const onPhone = (...tabs: readonly PhoneTab[]) => (tabs.includes(tab) ? '' : 'max-desk:hidden')
  return (
    <main
      id="content"
      className="mx-auto grid w-full max-w-360 flex-1 content-start gap-4 px-4 py-4 max-desk:pb-24 sm:gap-5 sm:px-6 sm:py-5 desk:grid-cols-[minmax(0,1fr)_21.5rem]"
    >
      <h1 ref={heading} tabIndex={-1} className="sr-only">
        Trading desk
      </h1>
      <div
        className={`grid min-w-0 content-start gap-4 sm:gap-5 ${onPhone('portfolio', 'activity', 'trade')}`}
      >
        <div className={onPhone('portfolio')}>
          <PortfolioHeader />
        </div>
        <div className={onPhone('trade')}>
          <PriceChart symbol={symbol} />
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
          <OrderTicket symbol={symbol} onSymbol={onSymbol} paper={paper} handle={ticket} />
        </div>
        <div className={onPhone('watchlist')}>
          <Watchlist onSelect={trade} />
        </div>
      </div>
    </main>
  )
}
