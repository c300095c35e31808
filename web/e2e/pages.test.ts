import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { deskIsLive, launchBrowser, placeOrder, signIn } from './browser.mjs'
import { startDeskServer, type DeskServer } from './desk-server.mjs'

let server: DeskServer
let browser: Browser
let contexts: BrowserContext[]
let page: Page

beforeAll(async () => {
  server = await startDeskServer()
  browser = await launchBrowser()
})

afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

beforeEach(async () => {
  contexts = []
  page = await device()
})

afterEach(async () => {
  for (const context of contexts) await context.close()
})

/** A browser of its own, signed in. */
async function device(): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 1000 } })
  context.setDefaultTimeout(10_000)
  contexts.push(context)
  const opened = await context.newPage()
  await signIn(opened, server.url)
  return opened
}

const bell = (on: Page) => on.getByRole('button', { name: /^Notifications/ })
const unread = (on: Page) => on.getByTestId('unread')

describe('the pages in a browser', () => {
  it('leads from a toast to the page of the trade, which can be opened by its address', async () => {
    await placeOrder(page, { symbol: 'NVDA', quantity: '2' })
    const toast = page.locator('[data-sonner-toast]').filter({ hasText: 'Bought 2 NVDA' })
    await toast.getByRole('button', { name: 'View' }).click()
    await page.waitForURL(/\/trades\/./)
    await page.reload()
    await page.getByRole('heading', { name: 'Bought 2 NVDA' }).waitFor()
  })

  it('counts what is unread over a reload, and on every device no more once it was read', async () => {
    await bell(page).click() // what other tests left
    await bell(page).click()
    await placeOrder(page, { symbol: 'MSFT', quantity: '1' })
    await unread(page).waitFor()
    await page.reload()
    await expect.poll(() => unread(page).innerText()).toBe('1')
    await bell(page).click()
    await unread(page).waitFor({ state: 'detached' })
    const other = await device()
    await other.getByRole('region', { name: 'Recent trades' }).getByText('MSFT').first().waitFor()
    expect(await unread(other).count()).toBe(0)
  })

  it('signs out another device, which learns why', async () => {
    const other = await device()
    await page.getByRole('link', { name: 'Settings' }).first().click()
    await page.getByText('This device').waitFor()
    const ends = page.getByRole('button', { name: /^Sign out Chrome/ })
    while ((await ends.count()) > 0) {
      const before = await ends.count()
      await ends.first().click()
      await expect.poll(() => ends.count()).toBeLessThan(before)
    }
    await other.getByText(/this session was ended elsewhere/).waitFor({ timeout: 3_000 })
    await page.locator(`[data-status="live"]`).waitFor()
  })

  it('keeps the chosen colours', async () => {
    await page.goto(`${server.url}/settings`)
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    await page.getByText('Dark', { exact: true }).click()
    await expect.poll(background).toBe('rgb(12, 18, 21)')
    await page.getByText('Light', { exact: true }).click()
    await expect.poll(background).toBe('rgb(243, 241, 236)')
    await page.reload()
    await expect.poll(background).toBe('rgb(243, 241, 236)')
  })

  it('loads the chart after the desk, and draws', async () => {
    const scripts: string[] = []
    page.on('request', (request) => {
      if (request.resourceType() === 'script') scripts.push(new URL(request.url()).pathname)
    })
    await page.reload()
    await deskIsLive(page)
    await page.locator('figure canvas').first().waitFor()
    expect(scripts.map((path) => path.replace(/^.*\/(\w+)-.*$/, '$1'))).toEqual(['index', 'plot'])
  })
})
