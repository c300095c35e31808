import { ApiError, type ExecutionId } from '@tradewind/react'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import type { Trade } from '../../shared/desk-api.ts'
import { formatMoney, formatPrice, formatQuantity, formatTime } from '../../shared/format.ts'
import { Page } from '../../shared/page.tsx'
import { Panel } from '../../shared/panel.tsx'
import { sideWords } from '../../shared/side.ts'
import { useDeskApi } from '../../shared/use-desk-api.tsx'

const isMissing = (error: Error): boolean => error instanceof ApiError && error.status === 404

/** One fill, and the order that it belongs to. */
export function TradePage({ id }: { readonly id: ExecutionId }) {
  const api = useDeskApi()
  const {
    data: trade,
    error,
    refetch,
  } = useQuery({
    queryKey: ['trade', id],
    queryFn: () => api.trade(id),
    retry: (failures, failure) => failures < 2 && !isMissing(failure),
  })
  const title = trade
    ? `${sideWords[trade.side].past} ${formatQuantity(trade.quantity)} ${trade.symbol}`
    : 'Trade'
  return (
    <Page
      title={title}
      aside={
        <Link href="/orders" className="text-small text-accent hover:underline">
          All orders
        </Link>
      }
    >
      {trade && <TradeFacts trade={trade} />}
      {!trade && error && (
        <div role="alert" className="text-muted">
          <p>
            {(error as ApiError).status === 404 ? 'This account has no such trade.' : `${error.message}.`}
          </p>
          {(error as ApiError).status !== 404 && (
            <button
              type="button"
              onClick={() => void refetch()}
              className="mt-2 font-medium text-accent underline underline-offset-4"
            >
              Try again
            </button>
          )}
        </div>
      )}
      {!trade && !error && <p className="text-muted">Loading…</p>}
    </Page>
  )
}

function TradeFacts({ trade }: { readonly trade: Trade }) {
  const { side, symbol, quantity, price, timestamp, order } = trade
  return (
    <div className="grid items-start gap-4 sm:gap-5 md:grid-cols-2">
      <Panel title="Fill">
        <dl className="pb-2">
          <Fact label="Side">
            <span className={sideWords[side].tone}>{sideWords[side].verb}</span>
          </Fact>
          <Fact label="Symbol">{symbol}</Fact>
          <Fact label="Quantity">{formatQuantity(quantity)}</Fact>
          <Fact label="Price">{formatPrice(price)}</Fact>
          <Fact label={side === 'buy' ? 'Paid' : 'Received'}>{formatMoney(quantity * price)}</Fact>
          <Fact label="Time">{formatTime(timestamp)}</Fact>
          <Fact label="Execution">
            <code className="text-small break-all">{trade.id}</code>
          </Fact>
        </dl>
      </Panel>
      <Panel title="Its order">
        <dl className="pb-2">
          <Fact label="Type">
            {order.limitPrice === undefined ? 'Market' : `Limit at ${formatPrice(order.limitPrice)}`}
          </Fact>
          <Fact label="Good">{order.timeInForce === 'day' ? 'Today' : 'Until canceled'}</Fact>
          <Fact label="Filled then">
            {formatQuantity(order.filledQuantity)} of {formatQuantity(order.quantity)}
          </Fact>
          {order.avgFillPrice !== undefined && (
            <Fact label="Average price">{formatPrice(order.avgFillPrice)}</Fact>
          )}
          <Fact label="Placed">{formatTime(order.createdAt)}</Fact>
          <Fact label="Order">
            <code className="text-small break-all">{trade.orderId}</code>
          </Fact>
        </dl>
      </Panel>
    </div>
  )
}

function Fact({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <div className="flex items-baseline justify-between gap-6 border-t border-line/60 px-5 py-2.5">
      <dt className="text-muted">{label}</dt>
      <dd className="text-right font-medium">{children}</dd>
    </div>
  )
}
