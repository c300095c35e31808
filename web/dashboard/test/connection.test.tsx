import type { ConnectionState } from '@tradewind/react'
import { act, screen } from '@testing-library/react'
import { describe, expect, it } from 'vitest'
import { ConnectionBanner } from '../src/features/connection/connection-banner.tsx'
import { ConnectionStatus } from '../src/features/connection/connection-status.tsx'
import { describeConnection } from '../src/features/connection/describe.ts'
import { renderPart } from './fixture.tsx'

const both = (
  <>
    <ConnectionStatus />
    <ConnectionBanner />
  </>
)

describe('connection on the screen', () => {
  it('is live, lost with the time of the figures, tried again on request, and live again', async () => {
    const { socket, user } = renderPart(both)
    const status = () => screen.getByRole('status')
    expect(status().textContent).toContain('Connecting')
    act(() => socket.accept())
    expect(status().dataset['status']).toBe('live')
    expect(screen.queryByRole('button')).toBeNull()
    act(() => socket.drop())
    expect(status().textContent).toContain('Reconnecting')
    expect(screen.getByText(/figures are from \d\d:\d\d:\d\d/)).toBeDefined()
    await user.click(screen.getByRole('button', { name: 'Try now' }))
    expect(socket.connects).toBe(2)
    act(() => socket.accept())
    expect(status().textContent).toContain('Live')
  })

  it('says why the server refused and when the next try is', () => {
    const { socket } = renderPart(both)
    act(() =>
      socket.refuse('Too many connections', {
        code: 'too_many_connections',
        retryable: true,
        retryAfterMs: 2500,
      }),
    )
    expect(screen.getByRole('status').textContent).toContain('Too many connections')
    expect(screen.getByText(/· next try in 3 s/)).toBeDefined()
  })

  it('tells late prices from a closed market', async () => {
    const { accept, push } = renderPart(both)
    accept()
    await push('feed:status', { source: 'sim', state: 'stalled', since: Date.now() - 8_000 })
    const trouble = () => document.querySelector<HTMLElement>('[data-trouble]')?.dataset['trouble']
    expect(screen.getByText(/Prices from sim are late: nothing new for \d s/)).toBeDefined()
    expect(trouble()).toBe('late')
    await push('feed:status', { source: 'sim', state: 'closed', since: Date.now() })
    expect(screen.getByText(/The market is closed/)).toBeDefined()
    expect(trouble()).toBe('closed')
    await push('feed:status', { source: 'sim', state: 'live', since: Date.now() })
    expect(screen.queryByText(/market/)).toBeNull()
  })

  it.each<[ConnectionState, string, string | undefined, string]>([
    [{ status: 'idle', since: 0 }, 'Connecting', undefined, 'waiting'],
    [{ status: 'offline', since: 0, lastLiveAt: undefined }, 'Offline', 'this device has no network', 'bad'],
    [{ status: 'ended', since: 0, reason: 'revoked' }, 'Signed out', 'sign in again', 'bad'],
    [
      {
        status: 'refused',
        since: 0,
        code: 'invalid_session',
        reason: 'Invalid session',
        nextTryAt: undefined,
      },
      'Invalid session',
      'sign in again',
      'bad',
    ],
    [
      { status: 'reconnecting', since: 0, attempt: 1, nextTryAt: undefined, lastLiveAt: 0 },
      'Reconnecting',
      'trying now',
      'waiting',
    ],
  ])('describes %j', (state, label, next, mood) => {
    expect(describeConnection(state, 0)).toEqual(next === undefined ? { mood, label } : { mood, label, next })
  })
})
