import { describe, expect, it } from 'vitest'
import {
  nativeEnvironment,
  nativeStorage,
  type AppStateLike,
  type NetInfoLike,
  type NetInfoStateLike,
} from '../../src/native/index.ts'
import { Listeners } from '../../src/core/listeners.ts'
import { connected, newFixture } from '../fixture.ts'
import { NOON } from '../samples.ts'

describe('nativeEnvironment', () => {
  it('asks for fewer quotes in the background and for all in the foreground', async () => {
    const { phone, client, socket, pass } = onPhone()
    client.quotes.watch(['AAPL'])
    await pass(20)
    socket.take('subscribe:watchlist').answer({ ok: true, accepted: ['AAPL'], rejected: [] })
    phone.appState.become('inactive')
    await pass(60_000)
    expect(socket.sent).toEqual([])
    phone.appState.become('background')
    await pass(5_000)
    const slow = socket.take('subscribe:watchlist')
    expect(slow.payload).toEqual({ symbols: ['AAPL'], intervalMs: 5_000 })
    slow.answer({ ok: true, accepted: ['AAPL'], rejected: [] })
    phone.appState.become('active')
    await pass(0)
    expect(socket.take('subscribe:watchlist').payload).toEqual(['AAPL'])
  })

  it('replaces a link that the system has cut in the background', async () => {
    const { phone, client, socket, pass } = onPhone()
    socket.clockAnswers.shift()?.({ ok: true, now: NOON })
    phone.appState.become('background')
    phone.appState.become('active')
    await pass(3_000)
    expect(client.connection.state.status).toBe('reconnecting')
    expect(socket.connects).toBe(2)
  })

  it('keeps a link that answers in the foreground', async () => {
    const { phone, client, socket, pass } = onPhone()
    socket.clockAnswers.shift()?.({ ok: true, now: NOON })
    phone.appState.become('background')
    phone.appState.become('active')
    socket.clockAnswers.shift()?.({ ok: true, now: NOON })
    await pass(10_000)
    expect(client.connection.live).toBe(true)
    expect(socket.connects).toBe(1)
  })

  it('is offline without a network and connects at once when there is one', async () => {
    const { phone, client, socket, pass } = onPhone()
    phone.netInfo.become({ type: 'none', isConnected: false })
    expect(client.connection.state.status).toBe('offline')
    await pass(60_000)
    phone.appState.become('active')
    expect(socket.connects).toBe(1)
    phone.netInfo.become({ type: 'cellular', isConnected: true })
    expect(socket.connects).toBe(2)
  })

  it('replaces the link when the phone goes from one network to another', async () => {
    const { phone, client, socket, pass } = onPhone()
    socket.clockAnswers.shift()?.({ ok: true, now: NOON })
    phone.netInfo.become({ type: 'wifi', isConnected: true }) // nothing new
    expect(socket.clockAnswers).toHaveLength(0)
    phone.netInfo.become({ type: 'cellular', isConnected: true })
    expect(socket.clockAnswers).toHaveLength(1)
    await pass(3_000)
    expect(client.connection.state.status).toBe('reconnecting')
    expect(socket.connects).toBe(2)
  })

  it('takes a network that nobody knows about for there', () => {
    const { phone, client } = onPhone()
    phone.netInfo.become({ type: 'unknown', isConnected: null })
    expect(client.connection.live).toBe(true)
  })

  it('starts without a network when the phone has none', () => {
    const phone = newPhone({ type: 'none', isConnected: false })
    const { client, socket } = newFixture({ environment: nativeEnvironment(phone) })
    client.connection.retain()
    expect(client.connection.state.status).toBe('offline')
    expect(socket.connects).toBe(0)
  })

  it('does without netinfo, and lets go of everything with the connection', async () => {
    const phone = newPhone()
    const { client, socket, pass } = newFixture({
      environment: nativeEnvironment({ appState: phone.appState }),
    })
    const release = client.connection.retain()
    socket.accept()
    expect(phone.appState.listeners.size).toBe(2)
    expect(phone.netInfo.listeners.size).toBe(0)
    release()
    await pass(10)
    expect(phone.appState.listeners.size).toBe(0)
  })
})

describe('nativeStorage', () => {
  it('reads before the client is made and writes behind it, in order', async () => {
    const kept = new Map([['tradewind.cursor', '{"account":"acc_1","seq":7}']])
    const storage = await nativeStorage({
      getItem: async (key) => kept.get(key) ?? null,
      setItem: async (key, value) => void kept.set(key, value),
      removeItem: async (key) => void kept.delete(key),
    })
    const { client, socket, pass } = connected({ storage })
    client.ledger.listen({})
    expect(socket.take('subscribe:trades').payload).toEqual({ after: 7, account: 'acc_1' })
    storage.removeItem('tradewind.cursor')
    storage.setItem('tradewind.cursor', 'new')
    expect(storage.getItem('tradewind.cursor')).toBe('new')
    await pass(0)
    expect(kept.get('tradewind.cursor')).toBe('new')
  })

  it('goes on without a storage that fails', async () => {
    const fails = () => Promise.reject(new Error('disk full'))
    const storage = await nativeStorage({ getItem: fails, setItem: fails, removeItem: fails })
    storage.setItem('tradewind.cursor', 'kept')
    storage.setItem('other', 'kept')
    storage.removeItem('other')
    expect([storage.getItem('tradewind.cursor'), storage.getItem('other')]).toEqual(['kept', null])
  })
})

class FakeAppState implements AppStateLike {
  readonly listeners = new Listeners<[string]>()
  currentState = 'active'

  addEventListener(_type: 'change', listener: (state: string) => void) {
    return { remove: this.listeners.add(listener) }
  }

  become(state: string): void {
    this.currentState = state
    this.listeners.call(state)
  }
}

class FakeNetInfo implements NetInfoLike {
  readonly listeners = new Listeners<[NetInfoStateLike]>()
  #state: NetInfoStateLike

  constructor(state: NetInfoStateLike) {
    this.#state = state
  }

  addEventListener(listener: (state: NetInfoStateLike) => void) {
    listener(this.#state)
    return this.listeners.add(listener)
  }

  become(state: NetInfoStateLike): void {
    this.#state = state
    this.listeners.call(state)
  }
}

const newPhone = (network: NetInfoStateLike = { type: 'wifi', isConnected: true }) => ({
  appState: new FakeAppState(),
  netInfo: new FakeNetInfo(network),
})

/** A connected client on a phone. */
function onPhone() {
  const phone = newPhone()
  return { phone, ...connected({ environment: nativeEnvironment(phone) }) }
}
