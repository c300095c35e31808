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
 * @property {(() => Promise<() => Promise<void>>) | undefined} kill ends it without warning and returns how to start it again; undefined for a server that is not ours
 * @property {() => Promise<void>} stop ends what was started and removes its data
 */

/** @returns {Promise<DeskServer>} */
export async function startDeskServer() {
  const given = process.env['TRADEWIND_URL']
  if (given) return { url: given.replace(/\/+$/, ''), kill: undefined, stop: async () => {} }

  const port = await freePort()
  const data = await mkdtemp(join(tmpdir(), 'tradewind-desk-'))
  const env = { ...process.env, PORT: String(port), DATA_DIR: data, ADMIN_ADDR: 'off', LOG_LEVEL: 'warn' }
  const url = `http://localhost:${port}`
  let running = await start(url, env)

  const kill = async () => {
    running.kill('SIGKILL')
    await over(running)
    return async () => {
      running = await start(url, env)
    }
  }
  const stop = async () => {
    running.kill('SIGTERM')
    await over(running)
    await rm(data, { recursive: true, force: true })
  }
  return { url, kill, stop }
}

/** @param {string} url @param {NodeJS.ProcessEnv} env */
async function start(url, env) {
  const server = spawn(BINARY, ['serve', '--demo'], { env, stdio: ['ignore', 'ignore', 'inherit'] })
  const failed = over(server).then(() => Promise.reject(new Error('the server ended before it was ready')))
  failed.catch(() => {}) // after it was ready, its end is the caller's business
  try {
    await Promise.race([ready(url), failed])
  } catch (error) {
    server.kill('SIGKILL')
    throw error
  }
  return server
}

/** @param {import('node:child_process').ChildProcess} server */
async function over(server) {
  if (server.exitCode === null && server.signalCode === null) await once(server, 'exit')
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
