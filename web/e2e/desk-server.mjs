// The server that browser tests and screenshots look at: the one at
// TRADEWIND_URL, else bin/tradewind in demo mode on a free port and an empty
// data folder.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const BINARY =
  process.env['TRADEWIND_BINARY'] ?? fileURLToPath(new URL('../../bin/tradewind', import.meta.url))
const START_TIMEOUT_MS = 20_000

/**
 * @typedef {object} DeskServer
 * @property {string} url
 * @property {() => Promise<void>} stop ends what was started and removes its data
 */

/** @returns {Promise<DeskServer>} */
export async function startDeskServer() {
  const given = process.env['TRADEWIND_URL']
  if (given) return { url: given.replace(/\/+$/, ''), stop: async () => {} }

  const port = await freePort()
  const data = await mkdtemp(join(tmpdir(), 'tradewind-desk-'))
  const env = { ...process.env, PORT: String(port), DATA_DIR: data, ADMIN_ADDR: 'off', LOG_LEVEL: 'warn' }
  const server = spawn(BINARY, ['serve', '--demo'], { env, stdio: ['ignore', 'inherit', 'inherit'] })
  const ended = once(server, 'exit')
  const stop = async () => {
    server.kill('SIGTERM')
    await ended
    await rm(data, { recursive: true, force: true })
  }
  const url = `http://localhost:${port}`
  try {
    await Promise.race([
      ready(url),
      ended.then(() => Promise.reject(new Error('the server ended before it was ready'))),
    ])
  } catch (error) {
    await stop()
    throw error
  }
  return { url, stop }
}

/** @returns {Promise<number>} */
async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}

/** @param {string} url */
async function ready(url) {
  const deadline = Date.now() + START_TIMEOUT_MS
  while (Date.now() < deadline) {
    const ok = await fetch(`${url}/readyz`).then(
      (response) => response.ok,
      () => false,
    )
    if (ok) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`${url} was not ready after ${START_TIMEOUT_MS} ms`)
}
