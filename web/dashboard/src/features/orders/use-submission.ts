import { ApiError, useOrders, type ClientOrderId, type Order, type OrderRequest } from '@tradewind/react'
import { useRef, useState } from 'react'

export interface Submission {
  readonly busy: boolean
  readonly error: string | undefined
  /** Places the order; undefined when it was refused or one is under way. */
  readonly submit: (build: (clientOrderId: ClientOrderId) => OrderRequest) => Promise<Order | undefined>
  readonly clearError: () => void
}

/**
 * Places one order at a time. While the outcome of one is unknown, the same order
 * goes out again under the same client order id, so that a second press makes no
 * second order.
 */
export function useSubmission(): Submission {
  const { place } = useOrders()
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<string>()
  const underWay = useRef(false) // state would be a render late for a double click
  const unsettled = useRef<{ readonly id: ClientOrderId; readonly order: string }>(undefined)

  const submit: Submission['submit'] = async (build) => {
    if (underWay.current) return undefined
    underWay.current = true
    setBusy(true)
    setError(undefined)
    const order = JSON.stringify(build(''))
    const id = unsettled.current?.order === order ? unsettled.current.id : newClientOrderId()
    unsettled.current = { id, order }
    try {
      const placed = await place(build(id))
      unsettled.current = undefined
      return placed
    } catch (failure) {
      const unknown = !(failure instanceof ApiError) || failure.outcomeUnknown
      if (!unknown) unsettled.current = undefined
      const message = failure instanceof Error ? failure.message : 'That did not work'
      setError(unknown ? `${message}. Press again to find out: the order is placed once at most.` : message)
      return undefined
    } finally {
      underWay.current = false
      setBusy(false)
    }
  }
  return { busy, error, submit, clearError: () => setError(undefined) }
}

/** Pages that are not served over TLS have no crypto.randomUUID. */
function newClientOrderId(): ClientOrderId {
  const bytes = crypto.getRandomValues(new Uint8Array(12))
  return `web-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
}
