import { act, screen, waitFor, within } from '@testing-library/react'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { executed, failed, NOON, order } from '../../packages/hooks/test/samples.ts'
import { NotificationCentre } from '../src/features/notifications/notification-centre.tsx'
import { countUnread, outcomesOf } from '../src/features/notifications/outcomes.ts'
import { TradeToasts } from '../src/features/notifications/trade-toasts.tsx'
import { renderPart } from './fixture.tsx'

describe('what became of orders', () => {
  it.each([
    [{ status: 'filled', filledQuantity: 10, avgFillPrice: 189 }, 'Bought 10 AAPL at 189.00', 'Order filled'],
    [{ status: 'partially_filled', filledQuantity: 4 }, 'Bought 4 AAPL', '4 of 10 filled'],
    [{ status: 'canceled', filledQuantity: 4 }, 'Bought 4 AAPL', '4 of 10 filled; the rest was canceled'],
    [{ status: 'canceled' }, 'Canceled: buy 10 AAPL', 'Nothing was traded'],
    [
      { status: 'expired', side: 'sell', reason: 'The day is over.' },
      'Expired: sell 10 AAPL',
      'The day is over.',
    ],
    [{ status: 'rejected', reason: 'Too large.' }, 'Refused: buy 10 AAPL', 'Too large.'],
  ] as const)('%j is %s', (state, title, detail) => {
    expect(outcomesOf([order(state)], [])).toMatchObject([{ title, detail, path: '/orders' }])
  })

  it('is nothing while they work; a fill leads to the newest trade; the newest change is first', () => {
    const orders = [
      order({ id: 'a', status: 'working' }),
      order({ id: 'b', status: 'filled', filledQuantity: 10, updatedAt: NOON + 1 }),
      order({ id: 'c', status: 'canceled', updatedAt: NOON + 2 }),
    ]
    const trades = [executed({ id: 'new', orderId: 'b' }), executed({ id: 'old', orderId: 'b' })]
    const outcomes = outcomesOf(orders, trades)
    expect(outcomes.map(({ order: id, path }) => [id, path])).toEqual([
      ['c', '/orders'],
      ['b', '/trades/new'],
    ])
    expect([NOON, NOON + 1, NOON + 2].map((seen) => countUnread(outcomes, seen))).toEqual([2, 1, 0])
  })
})

const filled = order({
  id: 'ord_9',
  status: 'filled',
  filledQuantity: 10,
  avgFillPrice: 189,
  updatedAt: NOON + 9,
})

describe('notification centre', () => {
  const bell = (name: string | RegExp) => screen.findByRole('button', { name })

  it('counts what is new, and no more once it was read: on the server, for every device', async () => {
    const { user, rest, accept, push } = renderPart(<NotificationCentre />, {
      'GET /api/orders': { orders: [filled] },
      'GET /api/settings': { seenAt: NOON, layout: 'of another program' },
    })
    accept()
    await user.click(await bell('Notifications, 1 unread'))
    const list = screen.getByRole('region', { name: 'Notifications' })
    expect(within(list).getByRole('listitem').textContent).toMatch(/New.*Bought 10 AAPL at 189.00/)
    await waitFor(() =>
      expect(rest.sent('PUT /api/settings')).toEqual([{ seenAt: NOON + 9, layout: 'of another program' }]),
    )
    await bell('Notifications')
    await user.keyboard('{Escape}')
    expect(screen.queryByRole('region')).toBeNull()
    expect(document.activeElement).toBe(await bell('Notifications'))
    await push(
      'trade:failed',
      failed({ seq: 1, order: order({ id: 'ord_10', status: 'rejected', updatedAt: NOON + 20 }) }),
    )
    await bell('Notifications, 1 unread')
  })

  it('closes when something else is pressed, and says when there is nothing', async () => {
    const { user } = renderPart(
      <>
        <NotificationCentre />
        <p>elsewhere</p>
      </>,
    )
    await user.click(await bell('Notifications'))
    expect(screen.getByText(/Nothing yet/)).toBeDefined()
    await user.click(screen.getByText('elsewhere'))
    expect(screen.queryByText(/Nothing yet/)).toBeNull()
  })
})

describe('sounds', () => {
  const played: number[] = []
  class FakeAudio {
    static resumed = 0
    currentTime = 0
    destination = {}
    resume() {
      FakeAudio.resumed += 1
    }
    createGain() {
      return {
        gain: { setValueAtTime: () => {}, exponentialRampToValueAtTime: () => {} },
        connect: (next: unknown) => next,
      }
    }
    createOscillator() {
      const frequency = { value: 0 }
      return {
        frequency,
        connect: (next: unknown) => next,
        start: () => played.push(frequency.value),
        stop: () => {},
      }
    }
  }

  beforeEach(() => {
    played.length = 0
    vi.stubGlobal('AudioContext', FakeAudio)
  })

  async function desk(settings: object) {
    const clock = vi.spyOn(performance, 'now')
    let now = 1_000_000 * Math.random()
    clock.mockImplementation(() => (now += 1_000))
    const part = renderPart(<TradeToasts />, { 'GET /api/settings': settings })
    part.accept()
    await act(async () => {}) // the settings
    await waitFor(() => expect(part.client.connection.live).toBe(true))
    return part
  }

  it('tell a buy, a sale and a refusal apart, once they are on', async () => {
    const { push, user } = await desk({ sounds: true, volume: 1 })
    await user.keyboard('x')
    await waitFor(() => expect(FakeAudio.resumed).toBeGreaterThan(0))
    await push('trade:executed', executed({ seq: 1 }))
    await push('trade:executed', executed({ seq: 2, side: 'sell' }))
    await push('trade:failed', failed({ seq: 3 }))
    expect(played).toEqual([659, 880, 880, 659, 233, 196])
  })

  it('are off at first', async () => {
    const { push } = await desk({})
    await push('trade:executed', executed({ seq: 1 }))
    expect(played).toEqual([])
  })
})
