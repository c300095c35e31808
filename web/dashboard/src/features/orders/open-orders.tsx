import { ApiError, useOrders, type Order } from '@tradewind/react'
import { useMutation } from '@tanstack/react-query'
import { formatPrice, formatQuantity, formatTime } from '../../shared/format.ts'
import { Empty, Panel } from '../../shared/panel.tsx'
import { sideWords } from '../../shared/side.ts'
import { describeOrder, statusWords } from './order-words.ts'

/** The orders that are not over, each with a way out. */
export function OpenOrders() {
  const { open, loading, error } = useOrders()
  return (
    <Panel
      title="Open orders"
      aside={open.length > 0 && <span className="text-small text-muted">{open.length}</span>}
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
  const { cancel } = useOrders()
  const canceling = useMutation({ mutationFn: () => cancel(order.id) })
  const { side, symbol, quantity, filledQuantity, limitPrice, status, createdAt } = order
  const busy = canceling.isPending || status === 'canceling'
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
        {canceling.error && (
          <p role="alert" className="text-micro text-down">
            {canceling.error instanceof ApiError ? canceling.error.message : 'That did not work'}
          </p>
        )}
      </div>
      <button
        type="button"
        onClick={() => canceling.mutate()}
        disabled={busy}
        aria-label={`Cancel: ${describeOrder(order)}`}
        className="rounded-md border border-edge px-3 py-1 text-small font-medium hover:border-down hover:text-down disabled:opacity-50"
      >
        {busy ? 'Canceling…' : 'Cancel'}
      </button>
    </li>
  )
}
