import { describe, expect, it, vi } from 'vitest'
import type { Credentials } from '../../src/core/index.ts'
import { FakeEnvironment } from '../fake-environment.ts'
import { connected, newFixture } from '../fixture.ts'
import { NOON } from '../samples.ts'

describe('connection', () => {
  it('connects when the first one retains it and lets go after the last has released', async () => {
    const { client, socket, pass } = newFixture()
    expect(client.connection.state.status).toBe('idle')
    const first = client.connection.retain()
    const second = client.connection.retain()
    expect(socket.connects).toBe(1)
    socket.accept()
    expect(client.connection.live).toBe(true)

    first()
    first() // counts once
    await pass(100)
    expect(client.connection.live).toBe(true)
    second()
    await pass(100)
    expect(client.connection.state.status).toBe('idle')
    expect(socket.connected).toBe(false)
  })

  it('stays connected when a component unmounts and mounts again', async () => {
    const { client, socket, pass } = newFixture()
    client.connection.retain()()
    client.connection.retain()
    await pass(100)
    socket.accept()
    expect(socket.connects).toBe(1)
    expect(client.connection.live).toBe(true)
  })

  it('says when the link is lost, which try this is and when the next one follows', async () => {
    const { client, socket, pass } = connected()
    await pass(5_000)
    socket.drop()
    expect(client.connection.state).toEqual({
      status: 'reconnecting',
      since: NOON + 5_000,
      attempt: 0,
      nextTryAt: NOON + 5_500,
      lastLiveAt: NOON + 5_000,
    })
    await pass(500)
    expect(socket.connects).toBe(2)
    socket.fail()
    expect(client.connection.state).toMatchObject({
      attempt: 1,
      nextTryAt: NOON + 6_000,
      since: NOON + 5_000,
    })
    await pass(500)
    socket.fail()
    expect(client.connection.state).toMatchObject({ attempt: 2, nextTryAt: NOON + 7_000 })
    await pass(1_000)
    socket.accept()
    expect(client.connection.state.status).toBe('live')
  })

  it('never waits longer than ten seconds between two tries', async () => {
    const { socket, pass } = connected()
    socket.drop()
    for (let i = 0; i < 12; i++) {
      await pass(10_000)
      socket.fail()
    }
    const before = socket.connects
    await pass(10_000)
    expect(socket.connects).toBe(before + 1)
  })

  it('waits as long as a refusal says and then connects again', async () => {
    const { client, socket, pass } = newFixture()
    client.connection.retain()
    socket.refuse('Too many connections', {
      code: 'too_many_connections',
      retryable: true,
      retryAfterMs: 2500,
    })
    expect(client.connection.state).toEqual({
      status: 'refused',
      since: NOON,
      code: 'too_many_connections',
      reason: 'Too many connections',
      nextTryAt: NOON + 2500,
    })
    await pass(2499)
    expect(socket.connects).toBe(1)
    await pass(1)
    expect(socket.connects).toBe(2)
    socket.accept()
    expect(client.connection.live).toBe(true)
  })

  it('does not try again by itself when the refusal is final, but does when told to', async () => {
    const { client, socket, pass } = newFixture()
    client.connection.retain()
    socket.refuse('Invalid session', { code: 'invalid_session', retryable: false })
    await pass(120_000)
    expect(socket.connects).toBe(1)
    expect(client.connection.state).toMatchObject({ status: 'refused', nextTryAt: undefined })
    client.connection.retryNow()
    expect(socket.connects).toBe(2)
    expect(client.connection.state.status).toBe('connecting')
  })

  it('takes a refusal that it does not understand for a final one', async () => {
    const { client, socket, pass } = newFixture()
    client.connection.retain()
    socket.refuse('No', 'because')
    await pass(60_000)
    expect(client.connection.state).toMatchObject({ status: 'refused', reason: 'No', code: 'refused' })
    expect(socket.connects).toBe(1)
  })

  it('ends with the reason when the session ends, and stays away', async () => {
    const { client, socket, pass } = connected()
    socket.push('session:expired', { reason: 'revoked' })
    socket.drop('io server disconnect')
    await pass(60_000)
    expect(client.connection.state).toMatchObject({ status: 'ended', reason: 'revoked' })
    expect(socket.connects).toBe(1)
  })

  it('gives up at once without a network and returns with it', async () => {
    const environment = new FakeEnvironment()
    const { client, socket, pass } = connected({ environment })
    environment.change('offline')
    expect(client.connection.state).toMatchObject({ status: 'offline', lastLiveAt: NOON })
    await pass(60_000)
    expect(socket.connects).toBe(1)
    environment.change('online')
    expect(socket.connects).toBe(2)
    socket.accept()
    expect(client.connection.live).toBe(true)
  })

  it('does not sit out the backoff when the page is looked at again', async () => {
    const environment = new FakeEnvironment()
    const { socket, pass } = connected({ environment })
    socket.drop()
    await pass(10)
    environment.change('wake')
    expect(socket.connects).toBe(2)
  })

  it('finds out after sleep that the link is dead', async () => {
    const environment = new FakeEnvironment()
    const { client, socket, pass } = connected({ environment })
    socket.clockAnswers.shift()?.({ ok: true, now: NOON })
    environment.change('wake')
    await pass(3_000)
    expect(client.connection.state.status).toBe('reconnecting')
    expect(socket.connects).toBe(2)
  })

  it('keeps a link that answers after sleep', async () => {
    const environment = new FakeEnvironment()
    const { client, socket, pass } = connected({ environment })
    socket.clockAnswers.shift()?.({ ok: true, now: NOON })
    environment.change('wake')
    socket.clockAnswers.shift()?.({
      ok: false,
      error: { code: 'rate_limited', message: 'Rate limit exceeded' },
    })
    await pass(10_000)
    expect(client.connection.live).toBe(true)
  })

  it('learns the clock of the server and the time of a round trip', async () => {
    const { client, socket, pass } = connected()
    await pass(40)
    socket.clockAnswers.shift()?.({ ok: true, now: NOON + 60_020 })
    await pass(0)
    expect(client.connection.clock.roundTrip).toBe(40)
    expect(client.connection.clock.now()).toBe(NOON + 60_040)
  })

  it('turns a refused or lost request into an answer', async () => {
    const { client, socket } = connected()
    const refused = client.connection.request('anything')
    socket
      .take('anything')
      .answer({ ok: false, error: { code: 'rate_limited', message: 'Rate limit exceeded' } })
    expect(await refused).toMatchObject({ ok: false, error: { code: 'rate_limited' } })
    const lost = client.connection.request('anything', { a: 1 })
    socket.drop()
    expect(await lost).toMatchObject({ ok: false, error: { code: 'no_answer' } })
    expect(await client.connection.request('anything')).toMatchObject({ error: { message: 'not connected' } })
  })

  it('reports an answer that it does not understand', async () => {
    const onProtocolError = vi.fn()
    const { client, socket } = connected({ onProtocolError })
    const reply = client.connection.request('anything')
    socket.take('anything').answer('yes')
    expect((await reply).ok).toBe(false)
    expect(onProtocolError).toHaveBeenCalledOnce()
  })

  it('waits a refusal out whatever the network does meanwhile', async () => {
    const environment = new FakeEnvironment()
    const { client, socket, pass } = newFixture({ environment })
    client.connection.retain()
    socket.refuse('Too many connections', {
      code: 'too_many_connections',
      retryable: true,
      retryAfterMs: 2_500,
    })
    for (const change of ['offline', 'online', 'wake'] as const) environment.change(change)
    await pass(2_499)
    expect(client.connection.state.status).toBe('refused')
    expect(socket.connects).toBe(1)
    await pass(1)
    expect(socket.connects).toBe(2)
  })

  it('does not run into the limit on clock requests when it is looked at again and again', async () => {
    const environment = new FakeEnvironment()
    const { client, socket, pass } = connected({ environment })
    let asked = 0
    for (let i = 0; i < 100; i++) {
      environment.change('wake')
      await pass(100)
      for (const answer of socket.clockAnswers.splice(0)) {
        asked += 1
        answer({ ok: true, now: NOON })
      }
    }
    expect(asked).toBeLessThanOrEqual(30)
    expect(client.connection.live).toBe(true)
  })

  it('finds out by itself that the device has slept', async () => {
    const { client, socket, pass } = connected()
    socket.clockAnswers.shift()?.({ ok: true, now: NOON })
    await pass(4_999)
    vi.setSystemTime(NOON + 3_600_000)
    await pass(3_001)
    expect(client.connection.state.status).toBe('reconnecting')
    expect(socket.connects).toBe(2)
  })

  it('trusts the quickest answers about the clock, until one contradicts them', async () => {
    const { clock } = connected().client.connection
    clock.measure(NOON, NOON + 10, NOON + 20)
    clock.measure(NOON, NOON + 10, NOON + 4_000) // slow on one of its ways
    expect(clock.at(NOON)).toBe(NOON)
    clock.measure(NOON, NOON + 3_600_000, NOON + 400) // somebody has set a clock
    expect(clock.at(NOON)).toBe(NOON + 3_599_800)
    clock.measure(NOON, NOON, NOON - 1) // ours, while the question was under way
    expect(clock.roundTrip).toBe(400)
  })

  it('connects with the credentials of that moment, however long they take', async () => {
    const asked: ((credentials: Credentials) => void)[] = []
    const { client, socket, pass } = newFixture({
      credentials: () => new Promise<Credentials>((resolve) => asked.push(resolve)),
    })
    client.connection.retain()
    await pass(1_000)
    expect(socket.connects).toBe(0)
    asked.shift()?.({ token: 'first' })
    await pass(0)
    expect(socket.connects).toBe(1)
    socket.accept()
    socket.drop()
    await pass(500)
    expect(asked).toHaveLength(1) // asked again
    expect(socket.connects).toBe(1)
  })

  it('does not connect with credentials that come after the user has left', async () => {
    let give: (credentials: Credentials) => void = () => {}
    const { client, socket, pass } = newFixture({
      credentials: () => new Promise<Credentials>((resolve) => (give = resolve)),
    })
    const release = client.connection.retain()
    release()
    await pass(1)
    give({ token: 'late' })
    await pass(0)
    expect(socket.connects).toBe(0)
  })

  it.each([
    ['throws', () => never()],
    ['rejects', () => Promise.reject(new Error('no network'))],
  ])('tries again later when the source of credentials %s', async (_, credentials) => {
    const { client, socket, pass } = newFixture({ credentials })
    client.connection.retain()
    await pass(0)
    expect(client.connection.state).toMatchObject({ status: 'reconnecting', nextTryAt: NOON + 500 })
    expect(socket.connects).toBe(0)
  })

  it('hands newer credentials over on the live socket', async () => {
    let token = 'old'
    const { client, socket } = connected({ credentials: () => ({ token }) })
    token = 'new'
    const refreshed = client.connection.refreshCredentials()
    await Promise.resolve()
    const sent = socket.take('session:refresh')
    expect(sent.payload).toEqual({ token: 'new' })
    sent.answer({ ok: true, expiresAt: NOON })
    expect((await refreshed).ok).toBe(true)
  })

  it('tries refreshed credentials at once after a refusal', async () => {
    const { client, socket } = newFixture({ credentials: () => ({ token: 'any' }) })
    client.connection.retain()
    socket.refuse('Invalid session', { code: 'invalid_session', retryable: false })
    expect((await client.connection.refreshCredentials()).ok).toBe(false)
    expect(socket.connects).toBe(2)
  })
})

function never(): never {
  throw new Error('signed out')
}
