import type { Order } from '@tradewind/react'
import { describeOrder } from './order-words.ts'
import type { Cancel } from './use-cancel.ts'

export function CancelButton({ order, way }: { readonly order: Order; readonly way: Cancel }) {
  return (
    <button
      type="button"
      onClick={way.cancel}
      disabled={way.busy}
      aria-label={`Cancel: ${describeOrder(order)}`}
      className="rounded-md border border-edge px-3 py-1 text-small font-medium hover:border-down hover:text-down disabled:opacity-50"
    >
      {way.busy ? 'Canceling…' : 'Cancel'}
    </button>
  )
}
