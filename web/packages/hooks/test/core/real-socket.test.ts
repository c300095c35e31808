import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createTradewind, type LedgerEvent } from '../../src/core/index.ts'

const FAKE_SERVER = fileURLToPath(new URL('../../../../scripts/fake-server.mjs', import.meta.url))

let server: ChildProcess
let url: string

beforeAll(async () => {
  server = spawn(process.execPath, [FAKE_SERVER], {
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  url = await new Promise<string>((resolve, reject) => {
    server.stdout?.on('data', (said: Buffer) => resolve(/http:\S+/.exec(String(said))?.[0] ?? ''))
    server.once('exit', () => reject(new Error('the fake server ended')))
  })
})

afterAll(() => {
  server.kill()
})

describe.each([[['websocket']], [['polling']]] as const)('over %s', (transports) => {
  it('signs in, sees prices and its own trade', async () => {
    let sessionID = ''
    const client = createTradewind({ url, transports, credentials: () => ({ sessionID }) })
    sessionID = (await client.api.login('demo', 'demo')).sessionID
    onTestFinished(client.connection.retain())
    const events: LedgerEvent[] = []
    client.ledger.listen({ onEvent: (event) => events.push(event) })
    client.portfolio.subscribe(() => {})
    client.quotes.watch(['AAPL', 'NOPE'])

    await expect.poll(() => client.connection.live).toBe(true)
    await expect.poll(() => client.quotes.latest('AAPL').value?.price).toBeGreaterThan(0)
    await expect.poll(() => client.quotes.rejection('NOPE')).toBe('Unknown symbol')
    await expect.poll(() => client.ledger.cursor?.account).toBe('acc_demo')
    await client.api.placeOrder({
      symbol: 'TSLA',
      side: 'buy',
      type: 'market',
      quantity: 2,
      clientOrderId: transports[0],
    })
    await expect.poll(() => events.map(({ event }) => event)).toEqual(['order:update', 'trade:executed'])
    await expect
      .poll(
        () => client.portfolio.latest().value?.positions.find(({ symbol }) => symbol === 'TSLA')?.quantity,
      )
      .toBeGreaterThanOrEqual(2)
  })

  it('is told why it may not come in', async () => {
    const client = createTradewind({ url, transports, credentials: () => ({ sessionID: 'made up' }) })
    onTestFinished(client.connection.retain())
    await expect
      .poll(() => client.connection.state)
      .toMatchObject({ status: 'refused', code: 'invalid_session' })
  })
})
