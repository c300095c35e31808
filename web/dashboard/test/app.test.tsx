import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { act, render, screen, waitFor, within } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { StrictMode } from 'react'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { FakeSocket } from '../../packages/hooks/test/fake-socket.ts'
import { portfolio } from '../../packages/hooks/test/samples.ts'
import { App } from '../src/app/app.tsx'
import { answerSubscriptions, FakeRest } from './fixture.tsx'

const sockets: FakeSocket[] = []
vi.mock('socket.io-client', () => ({
  io: () => {
    const socket = new FakeSocket()
    sockets.push(socket)
    return socket
  },
}))

const ME = { user: { id: 'usr_1', name: 'mara' }, account: { id: 'acc_1', broker: 'paper', live: false } }
const unauthorized = () => Response.json({ detail: 'Sign in first.', code: 'auth_required' }, { status: 401 })

let rest: FakeRest

beforeEach(() => {
  sockets.length = 0
  sessionStorage.clear()
  window.history.replaceState(null, '', '/')
  rest = new FakeRest()
  vi.stubGlobal('fetch', rest.fetch)
})

function open() {
  render(
    <StrictMode>
      <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
        <App />
      </QueryClientProvider>
    </StrictMode>,
  )
  return userEvent.setup()
}

/** The socket of the desk: under StrictMode the one that connects. */
const socket = (): FakeSocket => {
  const used = sockets.find(({ connects }) => connects > 0)
  if (!used) throw new Error('nobody connects')
  return used
}

async function desk() {
  rest.answers.set('GET /api/me', ME)
  const user = open()
  await screen.findByText('mara')
  act(() => {
    socket().accept()
    answerSubscriptions(socket())
  })
  return user
}

describe('the app', () => {
  it('asks to sign in, says when that failed, and opens the desk', async () => {
    rest.answers.set('GET /api/me', unauthorized())
    rest.answers.set(
      'POST /api/login',
      Response.json({ detail: 'User name or password is wrong.' }, { status: 401 }),
    )
    const user = open()
    await user.type(await screen.findByLabelText('User name'), 'mara')
    await user.type(screen.getByLabelText('Password'), 'guess{Enter}')
    expect((await screen.findByRole('alert')).textContent).toBe('User name or password is wrong.')
    rest.answers.set('POST /api/login', { sessionID: 's1', user: ME.user, expiresAt: 0 })
    rest.answers.set('GET /api/me', ME)
    await user.click(screen.getByRole('button', { name: 'Sign in' }))
    await screen.findByText('mara')
    expect(rest.sent('POST /api/login').at(-1)).toEqual({ username: 'mara', password: 'guess' })
  })

  it('lets anybody in as demo when the server says that it is one', async () => {
    rest.answers.set('GET /api/me', Response.json({ code: 'auth_required', demo: true }, { status: 401 }))
    rest.answers.set('POST /api/login', { sessionID: 's1' })
    const user = open()
    const enter = await screen.findByRole('button', { name: 'enter as demo' })
    rest.answers.set('GET /api/me', ME)
    await user.click(enter)
    await screen.findByText('mara')
    expect(rest.sent('POST /api/login')).toEqual([{ username: 'demo', password: 'demo' }])
  })

  it('opens the desk at once for who is signed in, marked as paper', async () => {
    await desk()
    expect(screen.getByTitle(/Simulated money/).textContent).toBe('PAPER')
    act(() => socket().push('portfolio:update', portfolio()))
    expect((await screen.findByTestId('total-value')).textContent).toContain('99,890.00')
  })

  it('is not marked as paper when the money is real', async () => {
    rest.answers.set('GET /api/me', { ...ME, account: { ...ME.account, live: true } })
    open()
    await screen.findByText('mara')
    expect(screen.queryByText('PAPER')).toBeNull()
  })

  it('signs out and forgets', async () => {
    const user = await desk()
    rest.answers.set('POST /api/logout', {})
    await user.click(screen.getAllByRole('button', { name: 'Sign out' })[0] as HTMLElement)
    await screen.findByLabelText('User name')
    await waitFor(() => expect(socket().connected).toBe(false))
    expect(rest.sent('POST /api/logout')).toHaveLength(1)
  })

  it('says why when the session was ended elsewhere', async () => {
    await desk()
    act(() => {
      socket().push('session:expired', { reason: 'revoked' })
      socket().drop('io server disconnect')
    })
    expect((await screen.findByRole('status')).textContent).toContain('this session was ended elsewhere')
  })

  it('goes back to the sign-in when the socket or REST no longer knows the session', async () => {
    rest.answers.set('GET /api/me', ME)
    open()
    await screen.findByText('mara')
    act(() => socket().refuse('Invalid session', { code: 'invalid_session', retryable: false }))
    expect((await screen.findByRole('status')).textContent).toContain('the session expired')
  })

  it('says that the server cannot be reached and tries again', async () => {
    rest.answers.set('GET /api/me', new TypeError('Failed to fetch'))
    const user = open()
    await screen.findByText('The server did not answer.')
    rest.answers.set('GET /api/me', ME)
    await user.click(screen.getByRole('button', { name: 'Try again' }))
    await screen.findByText('mara')
  })

  it('takes a chosen position to the ticket, on a phone too', async () => {
    const user = await desk()
    act(() => socket().push('portfolio:update', portfolio()))
    await user.click(await screen.findByRole('button', { name: 'Trade AAPL' }))
    const ticket = screen.getByRole('region', { name: 'Order' })
    await within(ticket).findByText('Apple Inc.')
    const tab = within(screen.getByRole('navigation', { name: 'Parts of the desk' })).getByRole('button', {
      name: 'Trade',
    })
    expect(tab.getAttribute('aria-current')).toBe('page')
    vi.stubGlobal('scrollTo', () => {})
    await user.click(
      within(screen.getByRole('navigation', { name: 'Parts of the desk' })).getByRole('button', {
        name: 'Activity',
      }),
    )
    expect(tab.getAttribute('aria-current')).toBeNull()
  })

  it('goes to the search with the key /, unless something is typed', async () => {
    const user = await desk()
    await user.keyboard('/')
    const search = screen.getByRole('combobox', { name: /watchlist/ })
    await waitFor(() => expect(document.activeElement).toBe(search))
    await user.keyboard('a/')
    expect((search as HTMLInputElement).value).toBe('a/')
  })

  it('opens a page by its address, keeps what was chosen on the desk, and goes back', async () => {
    window.history.replaceState(null, '', '/orders')
    const user = await desk()
    await screen.findByRole('heading', { name: 'Orders' })
    const pages = within(screen.getByRole('navigation', { name: 'Pages' }))
    await user.click(pages.getByRole('link', { name: 'Settings' }))
    const heading = await screen.findByRole('heading', { name: 'Settings' })
    expect(document.activeElement).toBe(heading)
    expect(document.title).toBe('Settings · Tradewind')
    await user.click(screen.getByRole('link', { name: 'Desk' }))
    await screen.findByRole('region', { name: 'Order' })
    window.history.replaceState(null, '', '/nowhere')
  })

  it('asks for the trade of its address, whatever the broker calls it', async () => {
    window.history.replaceState(null, '', '/trades/20260302.17%3A%3A4%2F5')
    await desk()
    await waitFor(() => expect(rest.sent('GET /api/trades/20260302.17%3A%3A4%2F5')).toHaveLength(1))
  })

  it('says that there is no such page', async () => {
    window.history.replaceState(null, '', '/nowhere')
    const user = await desk()
    await user.click(await screen.findByRole('link', { name: 'Back to the desk' }))
    expect(window.location.pathname).toBe('/')
  })

  it('begins an order with b and s from any page, unless single keys are off', async () => {
    window.history.replaceState(null, '', '/orders')
    const user = await desk()
    act(() => socket().push('portfolio:update', portfolio()))
    await user.keyboard('s7')
    const quantity = await screen.findByLabelText<HTMLInputElement>('Quantity')
    expect(document.activeElement).toBe(quantity)
    expect(quantity.value).toBe('7')
    expect(screen.getByRole<HTMLInputElement>('radio', { name: 'Sell' }).checked).toBe(true)
    act(() => quantity.blur())
    await user.keyboard('?')
    await user.click(await screen.findByRole('switch', { name: 'Single keys' }))
    act(() => (document.activeElement as HTMLElement).blur())
    await user.keyboard('b')
    expect(window.location.pathname).toBe('/settings')
  })
})
