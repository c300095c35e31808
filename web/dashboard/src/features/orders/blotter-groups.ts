import type { Order, OrderStatus } from '@tradewind/react'

export const GROUPS = ['all', 'open', 'filled', 'canceled', 'refused'] as const
/** How a trader sorts orders: by how they ended, or that they have not. */
export type Group = (typeof GROUPS)[number]

/** Every state is in one group besides `all`. */
const groupOf: Readonly<Record<OrderStatus, Exclude<Group, 'all'>>> = {
  submitting: 'open',
  unknown: 'open',
  accepted: 'open',
  working: 'open',
  partially_filled: 'open',
  canceling: 'open',
  replacing: 'open',
  filled: 'filled',
  canceled: 'canceled',
  expired: 'canceled',
  replaced: 'canceled',
  rejected: 'refused',
}

export const inGroup = (orders: readonly Order[], group: Group): readonly Order[] =>
  group === 'all' ? orders : orders.filter(({ status }) => groupOf[status] === group)
