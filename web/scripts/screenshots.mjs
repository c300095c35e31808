// Takes the pictures of the dashboard that the documents show: every page in both
// themes, and the parts of a phone. TRADEWIND_URL says where it runs; without it the
// binary is started in demo mode. OUT is the folder to write to, default docs/images.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { launchBrowser, signIn } from '../e2e/browser.mjs'
import { startDeskServer } from '../e2e/desk-server.mjs'
import { furnish, pages } from '../e2e/pages.mjs'

const OUT = process.env['OUT'] ?? fileURLToPath(new URL('../../docs/images', import.meta.url))
const DESK = { width: 1440, height: 1120 }
const PHONE = { width: 390, height: 844 }
/** So long, the small lines beside the prices grow. */
const SETTLE_MS = Number(process.env['SETTLE_MS'] ?? 12_000)
/** Pages with nothing that grows. */
const STILL_MS = 500
const TABS = ['Portfolio', 'Watchlist', 'Trade', 'Activity']

const server = await startDeskServer()
const browser = await launchBrowser()
await mkdir(OUT, { recursive: true })

/** @param {object} options @param {(page: import('playwright-core').Page) => Promise<void>} visit */
async function withPage(options, visit) {
  const context = await browser.newContext({ viewport: DESK, deviceScaleFactor: 1.5, ...options })
  try {
    await visit(await context.newPage())
  } finally {
    await context.close()
  }
}

/** @param {import('playwright-core').Page} page @param {string} name */
async function shoot(page, name) {
  await page.mouse.move(0, 0)
  await page.screenshot({ path: join(OUT, `${name}.png`) })
  console.log(`${name}.png`)
}

try {
  await withPage({ colorScheme: 'dark' }, async (page) => {
    await furnish(page, server.url)
    await page.waitForTimeout(1_000)
    await shoot(page, 'toast')
  })
  for (const colorScheme of ['dark', 'light']) {
    const suffix = colorScheme === 'light' ? '-light' : ''
    await withPage({ colorScheme }, async (page) => {
      for (const { name, open } of pages) {
        await open(page, server.url)
        await page.waitForTimeout(name === 'dashboard' ? SETTLE_MS : STILL_MS)
        await shoot(page, `${name}${suffix}`)
      }
    })
    await withPage({ colorScheme, viewport: PHONE, isMobile: true, hasTouch: true }, async (page) => {
      await signIn(page, server.url)
      for (const tab of TABS) {
        const parts = page.getByRole('navigation', { name: 'Parts of the desk' })
        await parts.getByRole('button', { name: tab }).click()
        await page.waitForTimeout(SETTLE_MS / 4)
        await shoot(page, `phone-${tab.toLowerCase()}${suffix}`)
      }
    })
  }
} finally {
  await browser.close()
  await server.stop()
}
