// A headless Chromium from the system, and what a user does first.
import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'

const CANDIDATES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** @returns {Promise<import('playwright-core').Browser>} */
export async function launchBrowser() {
  const executablePath = process.env['CHROMIUM'] ?? CANDIDATES.find((path) => existsSync(path))
  if (!executablePath)
    throw new Error(`no Chromium found: install it or set CHROMIUM (looked for ${CANDIDATES.join(', ')})`)
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
  })
}

/**
 * Signs in as the demo user and waits until the desk is live.
 * @param {import('playwright-core').Page} page
 * @param {string} url
 */
export async function signIn(page, url) {
  await page.goto(url)
  await page.getByLabel('User name').fill('demo')
  await page.getByLabel('Password').fill('demo')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await deskIsLive(page)
}

/** @param {import('playwright-core').Page} page */
export async function deskIsLive(page) {
  await page.locator('[data-status="live"]').waitFor()
  await page.getByTestId('total-value').waitFor({ state: 'attached' })
}

/**
 * Fills the order ticket, reviews the order and sends it.
 * @param {import('playwright-core').Page} page
 * @param {{ symbol: string, quantity: string, side?: 'Buy' | 'Sell', limitPrice?: string }} order
 */
export async function placeOrder(page, { symbol, quantity, side = 'Buy', limitPrice }) {
  const ticket = page.getByRole('region', { name: 'Order', exact: true })
  await ticket.getByRole('combobox', { name: 'Symbol', exact: true }).fill(symbol)
  await ticket.getByRole('option', { name: symbol }).first().click()
  await ticket.getByText(side, { exact: true }).click()
  await ticket.getByText(limitPrice === undefined ? 'Market' : 'Limit', { exact: true }).click()
  await ticket.getByLabel('Quantity').fill(quantity)
  if (limitPrice !== undefined) await ticket.getByLabel('Limit price').fill(limitPrice)
  await ticket.getByRole('button', { name: 'Review order' }).click()
  await ticket.getByRole('button', { name: `${side} ${quantity} ${symbol}` }).click()
}
