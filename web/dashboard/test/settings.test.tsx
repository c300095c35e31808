import { fireEvent, screen, waitFor } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { deviceName } from '../src/features/settings/device-name.ts'
import { SettingsPage } from '../src/features/settings/settings-page.tsx'
import { readSettings } from '../src/shared/settings.ts'
import { restoreTheme, setTheme } from '../src/shared/theme.ts'
import { renderPart } from './fixture.tsx'

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
const here = { id: 's_1', createdAt: 1, seenAt: 2, expiresAt: 3, userAgent: FIREFOX, current: true }
const away = { ...here, id: 's_2', userAgent: 'curl/8.5.0', address: '203.0.113.9', current: false }

function page(answers: Readonly<Record<string, unknown>> = {}) {
  const onSignOut = vi.fn(async () => {})
  const part = renderPart(<SettingsPage name="mara" onSignOut={onSignOut} />, {
    'GET /api/sessions': { sessions: [here, away] },
    ...answers,
  })
  return { ...part, onSignOut }
}

describe('settings', () => {
  afterEach(() => setTheme('system'))

  it('are read with a default for what is missing or strange', () => {
    expect(readSettings()).toEqual({
      theme: 'system',
      review: true,
      keys: true,
      sounds: false,
      volume: 0.5,
      seenAt: 0,
    })
    expect(readSettings({ theme: 'pink', volume: 7, sounds: 'yes', review: false })).toMatchObject({
      theme: 'system',
      volume: 1,
      sounds: false,
      review: false,
    })
  })

  it('change the colours at once, on the server and for the next visit', async () => {
    const { user, rest } = page({ 'GET /api/settings': { other: 1 } })
    await waitFor(() =>
      expect(screen.getByRole<HTMLInputElement>('switch', { name: 'Review orders' }).disabled).toBe(false),
    )
    await user.click(screen.getByRole('radio', { name: 'Light' }))
    expect(document.documentElement.dataset['theme']).toBe('light')
    await waitFor(() => expect(rest.sent('PUT /api/settings')).toEqual([{ other: 1, theme: 'light' }]))
    delete document.documentElement.dataset['theme']
    restoreTheme()
    expect(document.documentElement.dataset['theme']).toBe('light')
  })

  it('go back when the server refuses, and say so', async () => {
    const { user, rest } = page()
    rest.answers.set('PUT /api/settings', Response.json({ detail: 'Not today.' }, { status: 503 }))
    const review = screen.getByRole<HTMLInputElement>('switch', { name: 'Review orders' })
    await waitFor(() => expect(review.disabled).toBe(false))
    await user.click(review)
    expect((await screen.findByRole('alert')).textContent).toContain('Not today.')
    await waitFor(() => expect(review.checked).toBe(true))
  })

  it('cannot be changed before they are known: that would lose them', async () => {
    page({ 'GET /api/settings': Response.json({ detail: 'Not now.' }, { status: 503 }) })
    expect((await screen.findByRole('alert')).textContent).toContain('Not now.')
    expect(screen.getByRole<HTMLInputElement>('switch', { name: 'Sound trades' }).disabled).toBe(true)
  })
})

describe('sounds', () => {
  it('are switched on, turned up and tried out, and kept on the server', async () => {
    const resume = vi.fn()
    const tried: number[] = []
    vi.stubGlobal(
      'AudioContext',
      class {
        currentTime = 0
        destination = {}
        resume = resume
        createGain = () => ({
          gain: {
            setValueAtTime: (loudness: number) => tried.push(loudness),
            exponentialRampToValueAtTime: () => {},
          },
          connect: (next: unknown) => next,
        })
        createOscillator = () => ({
          frequency: { value: 0 },
          connect: (next: unknown) => next,
          start: () => {},
          stop: () => {},
        })
      },
    )
    const { user, rest } = page()
    const sounds = screen.getByRole<HTMLInputElement>('switch', { name: 'Sound trades' })
    await waitFor(() => expect(sounds.disabled).toBe(false))
    await user.click(sounds)
    fireEvent.change(screen.getByRole('slider', { name: /Volume/ }), { target: { value: '80' } })
    await user.click(screen.getByRole('button', { name: 'Play: Sold' }))
    expect(resume).toHaveBeenCalled()
    expect(tried).toEqual([0.2, 0.2])
    await waitFor(() => expect(rest.sent('PUT /api/settings').at(-1)).toEqual({ sounds: true, volume: 0.8 }))
  })
})

describe('active sessions', () => {
  it('are listed with their device, and end one by one', async () => {
    const { user, rest, onSignOut } = page({ 'DELETE /api/sessions/s_2': {} })
    await screen.findByText('Firefox on Linux')
    expect(screen.getByText(/203.0.113.9/)).toBeDefined()
    rest.answers.set('GET /api/sessions', { sessions: [here] })
    await user.click(screen.getByRole('button', { name: /Sign out curl/ }))
    await waitFor(() => expect(screen.queryByText('curl/8.5.0')).toBeNull())
    expect(rest.sent('DELETE /api/sessions/s_2')).toHaveLength(1)
    expect(onSignOut).not.toHaveBeenCalled()
    await user.click(screen.getByRole('button', { name: 'Sign out here' }))
    expect(onSignOut).toHaveBeenCalledOnce()
  })

  it('say why one could not be ended', async () => {
    const { user } = page({
      'DELETE /api/sessions/s_2': Response.json({ detail: 'There is none.' }, { status: 404 }),
    })
    await user.click(await screen.findByRole('button', { name: /Sign out curl/ }))
    expect((await screen.findByRole('alert')).textContent).toBe('There is none.')
  })

  it.each([
    [
      'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0',
      'Edge on Windows',
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile Safari/604.1',
      'Safari on iOS',
    ],
    ['curl/8.5.0', 'curl/8.5.0'],
    [undefined, 'Unknown device'],
  ])('call %s %s', (userAgent, name) => {
    expect(deviceName(userAgent)).toBe(name)
  })
})

describe('password', () => {
  it('is changed, and says which sessions that ended', async () => {
    const { user, rest } = page({ 'POST /api/password': {} })
    const button = screen.getByRole<HTMLButtonElement>('button', { name: 'Change password' })
    await user.type(screen.getByLabelText('Current password'), 'demo')
    await user.type(screen.getByLabelText('New password'), 'short')
    expect(screen.getByText('At least 8 characters')).toBeDefined()
    expect(button.disabled).toBe(true)
    await user.type(screen.getByLabelText('New password'), ' no more{Enter}')
    await screen.findByText(/other sessions were signed out/)
    expect(rest.sent('POST /api/password')).toEqual([
      { currentPassword: 'demo', newPassword: 'short no more' },
    ])
  })

  it('stays when the current one is wrong', async () => {
    const problem = { detail: 'The current password is wrong.', code: 'wrong_password' }
    const { user } = page({ 'POST /api/password': Response.json(problem, { status: 403 }) })
    await user.type(screen.getByLabelText('Current password'), 'guess')
    await user.type(screen.getByLabelText('New password'), 'long enough{Enter}')
    expect((await screen.findByRole('alert')).textContent).toBe('The current password is wrong.')
  })
})
