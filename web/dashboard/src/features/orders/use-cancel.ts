import { ApiError, useOrders, type Order } from '@tradewind/react'
import { useMutation } from '@tanstack/react-query'

export interface Cancel {
  /** Asked for, and the broker has not decided yet. */
  readonly busy: boolean
  readonly error: string | undefined
  readonly cancel: () => void
}

/** The way out of one order. */
export function useCancel({ id, status }: Order): Cancel {
  const { cancel } = useOrders()
  const { isPending, error, mutate } = useMutation({ mutationFn: () => cancel(id) })
  return {
    busy: isPending || status === 'canceling',
    error: error === null ? undefined : error instanceof ApiError ? error.message : 'That did not work',
    cancel: () => mutate(),
  }
}
