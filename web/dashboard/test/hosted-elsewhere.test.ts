import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { serverUrl } from '../src/shared/config.ts'
import { DeskApi } from '../src/shared/desk-api.ts'

/** The module of a page load: what it keeps in memory is gone with the next. */
async function loadPage() {
  vi.resetModules()
  return import('../src/app/credentials.ts')
}

describe('a dashboard hosted elsewhere', () => {
  beforeEach(() => vi.stubEnv('VITE_WS_URL', 'https://desk.example.com/'))
  afterEach(() => {
    vi.unstubAllEnvs()
    sessionStorage.clear()
  })

  it('talks to the server that it was built for', async () => {
    const asked: string[] = []
    const api = new DeskApi({
      url: serverUrl(),
      fetch: async (input) => {
        asked.push(String(input))
        return Response.json({ sessions: [] })
      },
    })
    await api.sessions()
    expect(asked).toEqual(['https://desk.example.com/api/sessions'])
  })

  it('keeps the session over a reload of the tab, because it gets no cookie, and forgets it', async () => {
    const before = await loadPage()
    before.rememberSession('s1')
    const after = await loadPage()
    expect(after.credentials()).toEqual({ sessionID: 's1' })
    after.rememberSession(undefined)
    expect((await loadPage()).credentials()).toBeUndefined()
  })

  it('leaves the session to the cookie beside its server', async () => {
    vi.stubEnv('VITE_WS_URL', '')
    const before = await loadPage()
    before.rememberSession('s1')
    expect(before.credentials()).toEqual({ sessionID: 's1' })
    expect((await loadPage()).credentials()).toBeUndefined()
    expect(sessionStorage).toHaveLength(0)
  })

  it('says at once that the address is none', () => {
    vi.stubEnv('VITE_WS_URL', 'desk.example.com')
    expect(() => serverUrl()).toThrow(/VITE_WS_URL is "desk.example.com".*http:/)
  })
})
