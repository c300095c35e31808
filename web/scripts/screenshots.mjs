// Takes the pictures of the dashboard that the documents show. TRADEWIND_URL
// says where it runs; without it the binary is started in demo mode. OUT is the
// folder to write to, default docs/images.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { launchBrowser, placeOrder, signIn } from '../e2e/browser.mjs'
import { startDeskServer } from '../e2e/desk-server.mjs'

const OUT = process.env['OUT'] ?? fileURLToPath(new URL('../../docs/images', import.meta.url))
const DESK = { width: 1440, height: 960 }
const PHONE = { width: 390, height: 844 }
/** So long, the small lines beside the prices grow. */
const SETTLE_MS = Number(process.env['SETTLE_MS'] ?? 15_000)
const WATCHED = ['NVDA', 'AAPL', 'TSLA', 'MSFT', 'GOOGL', 'AMZN', 'SPY']

const server = await startDeskServer()
const browser = await launchBrowser()
await mkdir(OUT, { recursive: true })

/** @param {object} options @param {(page: import('playwright-core').Page) => Promise<void>} visit */
async function withPage(options, visit) {
  const context = await browser.newContext({ deviceScaleFactor: 2, colorScheme: 'dark', ...options })
  const page = await context.newPage()
  try {
    await visit(page)
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

/** @param {import('playwright-core').Page} page */
async function furnish(page) {
  await page.evaluate(async (symbols) => {
    const body = JSON.stringify({ symbols })
    await fetch('/api/watchlist', { method: 'PUT', headers: { 'Content-Type': 'application/json' }, body })
  }, WATCHED)
  await page.reload()
  await page.locator('[data-status="live"]').waitFor()
}

try {
  await withPage({ viewport: DESK }, async (page) => {
    await page.goto(server.url)
    await page.getByLabel('User name').waitFor()
    await shoot(page, 'sign-in')
    await signIn(page, server.url)
    await furnish(page)
    await placeOrder(page, { symbol: 'TSLA', quantity: '12' })
    await page.locator('[data-sonner-toast]').first().waitFor()
    await placeOrder(page, { symbol: 'GOOGL', quantity: '25', limitPrice: '100' })
    await page.getByRole('button', { name: /^Cancel: Buy 25 GOOGL/ }).waitFor()
    await page.waitForTimeout(SETTLE_MS)
    await shoot(page, 'dashboard')
    await placeOrder(page, { symbol: 'AAPL', quantity: '5' })
    await page.locator('[data-sonner-toast]').filter({ hasText: 'Bought 5 AAPL' }).waitFor()
    await page.waitForTimeout(600)
    await shoot(page, 'toast')
  })
  await withPage({ viewport: DESK, colorScheme: 'light' }, async (page) => {
    await signIn(page, server.url)
    await page.waitForTimeout(SETTLE_MS)
    await shoot(page, 'dashboard-light')
  })
  await withPage({ viewport: PHONE, isMobile: true, hasTouch: true }, async (page) => {
    await signIn(page, server.url)
    await page.waitForTimeout(SETTLE_MS / 3)
    await shoot(page, 'phone')
    await page.getByRole('navigation').getByRole('button', { name: 'Trade' }).click()
    await page.getByRole('combobox', { name: 'Symbol', exact: true }).fill('NVDA')
    await page.getByRole('option', { name: 'NVDA' }).click()
    await page.getByLabel('Quantity').fill('10')
    await shoot(page, 'phone-order')
    await page.getByRole('navigation').getByRole('button', { name: 'Watchlist' }).click()
    await page.waitForTimeout(SETTLE_MS / 3)
    await shoot(page, 'phone-watchlist')
  })
} finally {
  await browser.close()
  await server.stop()
}
