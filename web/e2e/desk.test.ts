import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { deskIsLive, launchBrowser, placeOrder, signIn } from './browser.mjs'
import { startDeskServer, type DeskServer } from './desk-server.mjs'

let server: DeskServer
let browser: Browser
let context: BrowserContext
let page: Page
let complaints: string[]

beforeAll(async () => {
  server = await startDeskServer()
  browser = await launchBrowser()
})

afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

beforeEach(async () => {
  context = await browser.newContext({ viewport: { width: 1440, height: 1000 } })
  context.setDefaultTimeout(10_000)
  page = await context.newPage()
  complaints = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    // The question who is signed in is answered 401 before sign-in, which Chromium logs.
    if (message.type() === 'error' && !message.text().includes('401')) complaints.push(message.text())
  })
})

afterEach(async () => {
  await context.close()
  expect(complaints).toEqual([])
})

const toast = (text: RegExp) => page.locator('[data-sonner-toast]').filter({ hasText: text })
const region = (name: string) => page.getByRole('region', { name, exact: true })
const heldOf = async (symbol: string): Promise<number> => {
  const cell = page.locator(`tr[data-symbol="${symbol}"] [data-cell="quantity"]`)
  return (await cell.count()) === 0 ? 0 : Number((await cell.innerText()).replaceAll(',', ''))
}

describe('the desk in a browser', () => {
  it('refuses a wrong password with a sentence', async () => {
    await page.goto(server.url)
    await page.getByLabel('User name').fill('demo')
    await page.getByLabel('Password').fill('wrong')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('alert').waitFor()
    expect(await page.getByRole('alert').innerText()).not.toBe('')
  })

  it('shows a portfolio whose value moves by itself, on paper', async () => {
    await signIn(page, server.url)
    await page.getByText('PAPER', { exact: true }).first().waitFor()
    const total = page.getByTestId('total-value')
    const before = await total.innerText()
    await expect.poll(() => total.innerText(), { timeout: 8_000 }).not.toBe(before)
  })

  it('buys at market: a toast, a trade and a larger position, without a reload', async () => {
    await signIn(page, server.url)
    const held = await heldOf('AAPL')
    await placeOrder(page, { symbol: 'AAPL', quantity: '3' })
    await toast(/Bought 3 AAPL/).waitFor()
    await expect.poll(() => heldOf('AAPL')).toBe(held + 3)
    await region('Recent trades').getByText('AAPL').first().waitFor()
  })

  it('keeps a limit order open until it is canceled', async () => {
    await signIn(page, server.url)
    await placeOrder(page, { symbol: 'AAPL', quantity: '2', limitPrice: '1' })
    const cancel = region('Open orders').getByRole('button', { name: 'Cancel: Buy 2 AAPL at 1.00' })
    await cancel.click()
    await cancel.waitFor({ state: 'detached' })
    await region('Open orders').getByText('No open orders.').waitFor()
  })

  it('says as it is typed that an order costs too much', async () => {
    await signIn(page, server.url)
    const ticket = region('Order')
    await ticket.getByRole('combobox', { name: 'Symbol', exact: true }).fill('AAPL')
    await ticket.getByRole('combobox', { name: 'Symbol', exact: true }).press('Enter')
    await ticket.getByLabel('Quantity').fill('5000')
    await ticket.getByRole('alert').waitFor()
    expect(await ticket.getByRole('button', { name: 'Review order' }).isDisabled()).toBe(true)
  })

  it('stays signed in over a reload, and not after signing out', async () => {
    await signIn(page, server.url)
    await page.reload()
    await deskIsLive(page)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel('User name').waitFor()
    await page.reload()
    await page.getByLabel('User name').waitFor()
  })

  it('keeps the watchlist on the server', async () => {
    await signIn(page, server.url)
    const watchlist = region('Watchlist')
    const row = watchlist.locator('li[data-symbol="GOOGL"]')
    await page.keyboard.press('/')
    await page.keyboard.type('googl')
    await watchlist.getByRole('option', { name: 'GOOGL' }).waitFor()
    const saved = page.waitForResponse(
      (response) => response.url().endsWith('/api/watchlist') && response.ok(),
    )
    await page.keyboard.press('Enter')
    await row.locator('[data-cell="price"]').waitFor()
    await saved
    await page.reload()
    await row.locator('[data-cell="price"]').waitFor()
    await row.hover()
    await row.getByRole('button', { name: 'Remove GOOGL from the watchlist' }).click()
    await row.waitFor({ state: 'detached' })
  })

  it('says that the server is gone and is right again when it is back', async ({ skip }) => {
    if (!server.kill) return skip('the server is not ours to kill')
    await signIn(page, server.url)
    await placeOrder(page, { symbol: 'MSFT', quantity: '1' })
    await toast(/Bought 1 MSFT/).waitFor()
    const held = await heldOf('MSFT')
    const startAgain = await server.kill()
    await page.locator('[data-status="reconnecting"]').waitFor({ timeout: 2_000 })
    await page.getByText(/figures are from/).waitFor()
    await startAgain()
    await page.locator('[data-status="live"]').waitFor({ timeout: 15_000 })
    await placeOrder(page, { symbol: 'MSFT', quantity: '2' })
    await toast(/Bought 2 MSFT/).waitFor()
    await expect.poll(() => heldOf('MSFT')).toBe(held + 2)
    expect(await toast(/Bought 1 MSFT/).count()).toBeLessThanOrEqual(1)
    complaints = complaints.filter((complaint) => !/WebSocket|ERR_|Failed to load/.test(complaint)) // the browser's own
  })

  it('fits a phone', async () => {
    await page.setViewportSize({ width: 390, height: 844 })
    await signIn(page, server.url)
    const tooWide = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    for (const tab of ['Watchlist', 'Trade', 'Activity', 'Portfolio']) {
      await page.getByRole('navigation').getByRole('button', { name: tab }).click()
      expect(await tooWide(), tab).toBeLessThanOrEqual(0)
    }
  })
})
