// Every page of the dashboard: what axe looks at and what pictures are taken of.
import { deskIsLive, placeOrder, signIn } from './browser.mjs'

/** @typedef {import('playwright-core').Page} Page */

/** What the demo user watches in the pictures. */
const WATCHED = ['NVDA', 'AAPL', 'TSLA', 'MSFT', 'GOOGL', 'AMZN', 'SPY']

/**
 * Gives the demo user a watchlist, an open order, a refused one and a trade to look at.
 * @param {Page} page
 * @param {string} url
 */
export async function furnish(page, url) {
  await signIn(page, url)
  await page.evaluate(async (symbols) => {
    /** @param {string} method @param {string} path @param {unknown} body */
    const send = (method, path, body) =>
      fetch(path, { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
    const limit = { symbol: 'GOOGL', side: 'buy', type: 'limit', timeInForce: 'gtc' }
    await send('PUT', '/api/watchlist', { symbols })
    await send('POST', '/api/orders', { ...limit, quantity: 25, limitPrice: 100 })
    await send('POST', '/api/orders', { ...limit, quantity: 90_000, limitPrice: 100 })
  }, WATCHED)
  await page.reload()
  await deskIsLive(page)
  await placeOrder(page, { symbol: 'TSLA', quantity: '12' })
  await page.locator('[data-sonner-toast]').filter({ hasText: 'Bought 12 TSLA' }).waitFor()
}

/** @param {Page} page @param {string} name */
const link = (page, name) =>
  page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name }).click()

/** @param {Page} page */
async function openNotifications(page) {
  await page.getByRole('button', { name: /^Notifications/ }).click()
  const centre = page.getByRole('region', { name: 'Notifications', exact: true })
  await centre.getByRole('listitem').first().waitFor()
  return centre
}

/**
 * The pages by name, in an order in which each is reached from the one before. The
 * user is signed in, except on the first.
 * @type {readonly { readonly name: string, readonly open: (page: Page, url: string) => Promise<void> }[]}
 */
export const pages = [
  {
    name: 'sign-in',
    open: async (page, url) => {
      await page.goto(url)
      await page.getByLabel('User name').waitFor()
    },
  },
  {
    name: 'dashboard',
    open: async (page, url) => {
      await signIn(page, url)
      await page.locator('canvas').first().waitFor()
    },
  },
  {
    name: 'review',
    open: async (page) => {
      await page.getByLabel('Quantity').fill('5')
      await page.getByRole('button', { name: 'Review order' }).click()
      await page.getByRole('group', { name: 'Review' }).waitFor()
    },
  },
  {
    name: 'trade',
    open: async (page) => {
      await page.getByRole('button', { name: 'Change' }).click()
      const centre = await openNotifications(page)
      await centre
        .getByRole('link', { name: /Bought 12 TSLA/ })
        .first()
        .click()
      await page.getByRole('heading', { name: 'Bought 12 TSLA' }).waitFor()
    },
  },
  {
    name: 'notifications',
    open: async (page) => {
      await openNotifications(page)
    },
  },
  {
    name: 'orders',
    open: async (page) => {
      await link(page, 'Orders')
      await page.locator('tr[data-status="rejected"]').first().waitFor()
    },
  },
  {
    name: 'settings',
    open: async (page) => {
      await link(page, 'Settings')
      await page.getByText('This device').first().waitFor()
    },
  },
]
