import { describe, expect, it } from 'vitest'
import { parsePortfolio } from '../../src/core/wire/portfolio.ts'
import { parseQuote } from '../../src/core/wire/quote.ts'
import { WireError } from '../../src/core/wire/reader.ts'
import { portfolio, quote } from '../samples.ts'

describe('the border', () => {
  it('names the place of what is wrong', () => {
    const broken = { ...portfolio(), positions: [{ ...portfolio().positions[0], quantity: '10' }] }
    expect(() => parsePortfolio(broken, 'portfolio:update')).toThrow(
      new WireError('portfolio:update.positions[0].quantity', 'a number', '10'),
    )
  })

  it.each([
    [{ ...quote(), price: Number.NaN }, 'quote.price: expected a number'],
    [{ ...quote(), state: 'sleepy' }, 'quote.state: expected one of live, stale, halted, closed'],
    [{ ...quote(), symbol: null }, 'quote.symbol: expected a string, got null'],
    [[], 'quote: expected an object'],
  ])('refuses %j', (raw, message) => {
    expect(() => parseQuote(raw, 'quote')).toThrow(message)
  })

  it('leaves out what a newer server adds, and takes null for missing', () => {
    expect(parseQuote({ ...quote(), bid: null, mood: 'fine' }, 'quote')).toEqual(quote())
  })
})
