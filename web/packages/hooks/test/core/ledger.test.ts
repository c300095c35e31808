import { describe, expect, it, vi } from 'vitest'
import { memoryStorage, type LedgerEvent } from '../../src/core/index.ts'
import { connected, type Fixture } from '../fixture.ts'
import { executed, failed } from '../samples.ts'

function listening(fixture: Fixture = connected()) {
  const seen: number[] = []
  const replayed: number[] = []
  const reload = vi.fn()
  const release = fixture.client.ledger.listen({
    onEvent: (event: LedgerEvent, isReplay) => {
      seen.push(event.data.seq)
      if (isReplay) replayed.push(event.data.seq)
    },
    onReload: reload,
  })
  return { ...fixture, seen, replayed, reload, release }
}

const accepted = (seq: number, replayed = 0, more: object = {}) => ({
  ok: true,
  account: 'acc_1',
  seq,
  replayed,
  ...more,
})
const fill = (seq: number, account = 'acc_1') => executed({ seq, account })

describe('ledger', () => {
  it('hands over each entry once and drops repeats', () => {
    const { socket, seen } = listening()
    const subscribe = socket.take('subscribe:trades')
    expect(subscribe.payload).toBeUndefined()
    subscribe.answer(accepted(4))
    socket.push('trade:executed', fill(5))
    socket.push('trade:executed', fill(5))
    socket.push('trade:failed', failed({ seq: 6 }))
    socket.push('trade:executed', fill(4))
    expect(seen).toEqual([5, 6])
  })

  it('asks again after a reconnect from where it stood and tells replayed entries apart', async () => {
    const { socket, seen, replayed, pass } = listening()
    socket.take('subscribe:trades').answer(accepted(4))
    socket.push('trade:executed', fill(5))
    socket.drop()
    await pass(500)
    socket.accept()
    const again = socket.take('subscribe:trades')
    expect(again.payload).toEqual({ after: 5, account: 'acc_1' })
    again.answer(accepted(7, 2))
    for (const seq of [6, 7, 8]) socket.push('trade:executed', fill(seq))
    expect(seen).toEqual([5, 6, 7, 8])
    expect(replayed).toEqual([6, 7])
  })

  it('notices a gap, gives the subscription back and asks for what is missing', async () => {
    const { socket, seen, reload, pass } = listening()
    socket.take('subscribe:trades').answer(accepted(4))
    reload.mockClear()
    socket.push('trade:executed', fill(5))
    socket.push('trade:executed', fill(8))
    socket.push('trade:executed', fill(9))
    expect(seen).toEqual([5])
    await pass(0)
    socket.take('unsubscribe:trades').answer({ ok: true })
    await pass(0)
    const again = socket.take('subscribe:trades')
    expect(again.payload).toEqual({ after: 5, account: 'acc_1' })
    again.answer(accepted(9, 4))
    for (const seq of [6, 7, 8, 9]) socket.push('trade:executed', fill(seq))
    expect(seen).toEqual([5, 6, 7, 8, 9])
    expect(reload).not.toHaveBeenCalled()
    expect(socket.sent).toEqual([])
  })

  it('goes on when the server has nothing in the gap, and has its listeners load anew', async () => {
    const { socket, seen, reload, pass } = listening()
    socket.take('subscribe:trades').answer(accepted(4))
    reload.mockClear()
    socket.push('trade:executed', fill(6))
    await pass(0)
    socket.take('unsubscribe:trades').answer({ ok: true })
    await pass(0)
    socket.take('subscribe:trades').answer(accepted(6, 2))
    socket.push('trade:executed', fill(6))
    expect(seen).toEqual([6])
    expect(reload).toHaveBeenCalledOnce()
  })

  it('takes an entry that it cannot read for a gap', async () => {
    const onProtocolError = vi.fn()
    const { socket, seen, pass } = listening(connected({ onProtocolError }))
    socket.take('subscribe:trades').answer(accepted(4))
    socket.push('trade:executed', { account: 'acc_1', seq: 5 })
    expect(onProtocolError).toHaveBeenCalledOnce()
    socket.push('trade:executed', fill(6))
    await pass(0)
    socket.take('unsubscribe:trades').answer({ ok: true })
    await pass(0)
    socket.take('subscribe:trades').answer(accepted(6, 2))
    socket.push('trade:executed', { account: 'acc_1', seq: 5 })
    socket.push('trade:executed', fill(6))
    expect(seen).toEqual([6])
  })

  it('has its listeners load anew when the replay was cut', () => {
    const { socket, seen, reload } = listening(connected({ storage: cursorAt(10) }))
    const subscribe = socket.take('subscribe:trades')
    expect(subscribe.payload).toEqual({ after: 10, account: 'acc_1' })
    subscribe.answer(accepted(5000, 1000, { truncated: true }))
    expect(reload).toHaveBeenCalledOnce()
    socket.push('trade:executed', fill(4001))
    expect(seen).toEqual([4001])
  })

  it('starts from a snapshot when the server does not know the cursor', async () => {
    const { socket, seen, reload, pass } = listening(connected({ storage: cursorAt(10) }))
    socket.take('subscribe:trades').answer({
      ok: false,
      error: {
        code: 'cursor_unknown',
        message: 'The cursor is not of this ledger.',
        account: 'acc_2',
        seq: 3,
      },
    })
    expect(reload).toHaveBeenCalled()
    await pass(0)
    const again = socket.take('subscribe:trades')
    expect(again.payload).toEqual({ after: 3, account: 'acc_2' })
    again.answer({ ok: true, account: 'acc_2', seq: 3, replayed: 0 })
    socket.push('trade:executed', fill(4, 'acc_2'))
    expect(seen).toEqual([4])
  })

  it('follows the user to another account', () => {
    const { socket, seen, reload } = listening()
    socket.take('subscribe:trades').answer(accepted(4))
    reload.mockClear()
    socket.push('trade:executed', fill(1, 'acc_2'))
    socket.push('trade:executed', fill(2, 'acc_2'))
    expect(seen).toEqual([1, 2])
    expect(reload).toHaveBeenCalledOnce()
  })

  it('waits as long as a refusal says before it asks again', async () => {
    const { socket, pass } = listening()
    socket.take('subscribe:trades').answer({
      ok: false,
      error: { code: 'rate_limited', message: 'Rate limit exceeded', retryAfterMs: 30_000 },
    })
    await pass(29_999)
    expect(socket.sent).toEqual([])
    await pass(1)
    socket.take('subscribe:trades')
  })

  it('shares one subscription among listeners and gives it back only a while after the last', async () => {
    const fixture = connected()
    const first = listening(fixture)
    fixture.socket.take('subscribe:trades').answer(accepted(0))
    await fixture.pass(0)
    const second = listening(fixture)
    expect(fixture.socket.sent).toEqual([])
    first.release()
    second.release()
    await fixture.pass(9_000)
    const third = listening(fixture)
    await fixture.pass(60_000)
    expect(fixture.socket.sent).toEqual([])
    third.release()
    await fixture.pass(10_000)
    fixture.socket.take('unsubscribe:trades').answer({ ok: true })
    await fixture.pass(60_000)
    expect(fixture.socket.sent).toEqual([])
  })

  it('does without a storage that refuses', () => {
    const storage = {
      ...memoryStorage(),
      getItem: () => '{',
      setItem: () => {
        throw new Error('quota')
      },
    }
    const { socket, seen } = listening(connected({ storage }))
    socket.take('subscribe:trades').answer(accepted(4))
    socket.push('trade:executed', fill(5))
    expect(seen).toEqual([5])
  })
})

function cursorAt(seq: number) {
  const storage = memoryStorage()
  storage.setItem('tradewind.cursor', JSON.stringify({ account: 'acc_1', seq }))
  return storage
}
