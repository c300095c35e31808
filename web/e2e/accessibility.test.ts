import axe from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser, signIn } from './browser.mjs'
import { startDeskServer, type DeskServer } from './desk-server.mjs'
import { furnish, pages } from './pages.mjs'

let server: DeskServer
let browser: Browser

beforeAll(async () => {
  server = await startDeskServer()
  browser = await launchBrowser()
  await withPage({}, (page) => furnish(page, server.url))
})

afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

async function withPage(options: Parameters<Browser['newContext']>[0], visit: (page: Page) => Promise<void>) {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 1000 },
    reducedMotion: 'reduce', // a colour that fades has no contrast to measure
    ...options,
  })
  context.setDefaultTimeout(10_000)
  try {
    await visit(await context.newPage())
  } finally {
    await context.close()
  }
}

/** What axe finds serious or critical, one line each. */
async function complaints(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source)
  const violations = await page.evaluate(async () => {
    const { axe: injected } = globalThis as unknown as { axe: typeof axe }
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
    return (await injected.run(document, { runOnly: { type: 'tag', values: tags } })).violations
  })
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
}

describe.each(['dark', 'light'] as const)('axe finds nothing serious in the %s theme', (colorScheme) => {
  it('on any page', async () => {
    await withPage({ colorScheme }, async (page) => {
      for (const { name, open } of pages) {
        await open(page, server.url)
        expect(await complaints(page), name).toEqual([])
      }
    })
  })

  it('on any part of a phone', async () => {
    await withPage({ colorScheme, viewport: { width: 390, height: 844 } }, async (page) => {
      await signIn(page, server.url)
      for (const tab of ['Portfolio', 'Watchlist', 'Trade', 'Activity']) {
        await page
          .getByRole('navigation', { name: 'Parts of the desk' })
          .getByRole('button', { name: tab })
          .click()
        expect(await complaints(page), tab).toEqual([])
      }
    })
  })

  it('when the link is lost and all figures are old', async () => {
    await withPage({ colorScheme }, async (page) => {
      await signIn(page, server.url)
      await page.context().setOffline(true)
      await page.locator('[data-trouble="lost"]').waitFor()
      expect(await complaints(page)).toEqual([])
    })
  })
})
