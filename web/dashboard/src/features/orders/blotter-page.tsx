import { isOver, useOrders, type Order } from '@tradewind/react'
import { useState } from 'react'
import { formatPrice, formatQuantity, formatTime } from '../../shared/format.ts'
import { Page } from '../../shared/page.tsx'
import { Segmented } from '../../shared/segmented.tsx'
import { sideWords } from '../../shared/side.ts'
import { GROUPS, inGroup, type Group } from './blotter-groups.ts'
import { CancelButton } from './cancel-button.tsx'
import { ExportFills } from './export-fills.tsx'
import { statusTone, statusWords } from './order-words.ts'
import { useCancel } from './use-cancel.ts'

const labels: Readonly<Record<Group, string>> = {
  all: 'All',
  open: 'Open',
  filled: 'Filled',
  canceled: 'Canceled',
  refused: 'Refused',
}

/** Every order with its state, newest first. */
export function BlotterPage() {
  const { orders, loading, error } = useOrders()
  const [group, setGroup] = useState<Group>('all')
  const shown = inGroup(orders, group)
  const options = GROUPS.map((value) => ({
    value,
    label: `${labels[value]} ${inGroup(orders, value).length}`,
  }))
  return (
    <Page title="Orders" aside={<ExportFills />}>
      <div className="mb-4 max-w-130">
        <Segmented legend="Orders shown" value={group} options={options} onChange={setGroup} />
      </div>
      {error && orders.length === 0 && (
        <p role="alert" className="text-small text-down">
          {error.message}
        </p>
      )}
      {shown.length === 0 && !error && (
        <p className="rounded-2xl border border-line bg-panel px-5 py-7 text-small text-muted">
          {loading ? 'Loading…' : 'No such orders.'}
        </p>
      )}
      {shown.length > 0 && <OrderTable orders={shown} />}
    </Page>
  )
}

function OrderTable({ orders }: { readonly orders: readonly Order[] }) {
  return (
    <div className="overflow-hidden rounded-2xl border border-line bg-panel pt-3 pb-1">
      <table className="w-full text-right">
        <caption className="sr-only">Orders, newest first</caption>
        <thead className="text-micro text-muted">
          <tr className="border-b border-line *:px-3 *:pb-2 *:font-normal *:first:pl-5 *:last:pr-5">
            <th scope="col" className="text-left">
              Order
            </th>
            <th scope="col" className="max-sm:hidden">
              Price
            </th>
            <th scope="col" className="max-sm:hidden">
              Filled
            </th>
            <th scope="col" className="max-md:hidden">
              Average
            </th>
            <th scope="col" className="pl-8! text-left">
              State
            </th>
            <th scope="col" className="max-md:hidden">
              Placed
            </th>
            <th scope="col">
              <span className="sr-only">Way out</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {orders.map((order) => (
            <OrderRow key={order.id} order={order} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function OrderRow({ order }: { readonly order: Order }) {
  const way = useCancel(order)
  const { side, symbol, quantity, filledQuantity, limitPrice, avgFillPrice, status, reason, createdAt } =
    order
  const note = way.error ?? reason
  return (
    <tr
      data-order={order.id}
      data-status={status}
      className="border-b border-line/60 align-baseline last:border-0 *:px-3 *:py-2.5 *:first:pl-5 *:last:pr-5"
    >
      <th scope="row" className="text-left font-normal">
        <span className={`font-medium ${sideWords[side].tone}`}>{sideWords[side].verb}</span>{' '}
        {formatQuantity(quantity)} <span className="font-semibold">{symbol}</span>
        <span className="block text-micro text-muted md:hidden">{formatTime(createdAt)}</span>
      </th>
      <td className="max-sm:hidden">{limitPrice === undefined ? 'Market' : formatPrice(limitPrice)}</td>
      <td className="max-sm:hidden">
        {formatQuantity(filledQuantity)} <span className="text-muted">/ {formatQuantity(quantity)}</span>
      </td>
      <td className="max-md:hidden">{avgFillPrice === undefined ? '–' : formatPrice(avgFillPrice)}</td>
      <td className="pl-8! text-left">
        <span className={`font-medium ${statusTone(status)}`}>{statusWords[status]}</span>
        {note && (
          <span role={way.error ? 'alert' : undefined} className="block text-micro text-muted">
            {note}
          </span>
        )}
      </td>
      <td className="whitespace-nowrap text-muted max-md:hidden">{formatTime(createdAt)}</td>
      <td className="py-1!">{!isOver(order) && <CancelButton order={order} way={way} />}</td>
    </tr>
  )
}
