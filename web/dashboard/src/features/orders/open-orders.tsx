import { useOrders, type Order } from '@tradewind/react'
import { Link } from 'wouter'
import { formatPrice, formatQuantity, formatTime } from '../../shared/format.ts'
import { Empty, Panel } from '../../shared/panel.tsx'
import { sideWords } from '../../shared/side.ts'
import { CancelButton } from './cancel-button.tsx'
import { statusWords } from './order-words.ts'
import { useCancel } from './use-cancel.ts'

/** The orders that are not over, each with a way out. */
export function OpenOrders() {
  const { open, loading, error } = useOrders()
  return (
    <Panel
      title="Open orders"
      aside={
        <Link href="/orders" className="text-small text-accent hover:underline">
          All orders
        </Link>
      }
    >
      {error && open.length === 0 && (
        <p role="alert" className="px-5 pb-4 text-small text-down">
          {error.message}
        </p>
      )}
      {open.length === 0 && !error && <Empty>{loading ? 'Loading…' : 'No open orders.'}</Empty>}
      <ul className="pb-1">
        {open.map((order) => (
          <OpenOrder key={order.id} order={order} />
        ))}
      </ul>
    </Panel>
  )
}

function OpenOrder({ order }: { readonly order: Order }) {
  const way = useCancel(order)
  const { side, symbol, quantity, filledQuantity, limitPrice, status, createdAt } = order
  return (
    <li data-order={order.id} className="flex items-center gap-4 border-t border-line/60 px-5 py-2.5">
      <div className="min-w-0 flex-1">
        <p className="truncate">
          <span className={`font-medium ${sideWords[side].tone}`}>{sideWords[side].verb}</span>{' '}
          {formatQuantity(quantity)} <span className="font-semibold">{symbol}</span>
          <span className="text-muted">
            {' '}
            {limitPrice === undefined ? 'at market' : `at ${formatPrice(limitPrice)}`}
          </span>
        </p>
        <p className="truncate text-micro text-muted">
          {statusWords[status]}
          {filledQuantity > 0 &&
            ` · ${formatQuantity(filledQuantity)} of ${formatQuantity(quantity)} filled`}{' '}
          · {formatTime(createdAt)}
        </p>
        {way.error && (
          <p role="alert" className="text-micro text-down">
            {way.error}
          </p>
        )}
      </div>
      <CancelButton order={order} way={way} />
    </li>
  )
}
