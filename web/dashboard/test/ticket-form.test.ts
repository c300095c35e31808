import { describe, expect, it } from 'vitest'
import { portfolio } from '../../packages/hooks/test/samples.ts'
import { checkTicket, emptyDraft, readNumber, toRequest } from '../src/features/orders/ticket-form.ts'

describe('what is typed', () => {
  it.each([
    ['10', 10],
    [' 0.5 ', 0.5],
    ['.5', 0.5],
    ['5.', 5],
    ['1,250', 1250],
    ['1,250,000.25', 1_250_000.25],
    ['', undefined],
    ['.', undefined],
    ['1,25', undefined],
    ['-3', undefined],
    ['1e3', undefined],
    ['1234567890123456', undefined],
  ])('reads %j as %s', (typed, number) => {
    expect(readNumber(typed)).toBe(number)
  })

  it('is not held against what is not known yet', () => {
    const draft = { ...emptyDraft, symbol: 'AAPL', quantity: '5' }
    const check = checkTicket(draft, { instrument: undefined, quote: undefined, portfolio: undefined })
    expect(check).toMatchObject({ ready: true, estimate: undefined, orderError: undefined })
  })

  it('does not stumble over binary fractions', () => {
    const instrument = { symbol: 'X', quantityStep: 0.01, priceStep: 0.01 }
    const draft = { ...emptyDraft, symbol: 'X', type: 'limit', quantity: '0.07', limitPrice: '1.15' } as const
    const check = checkTicket(draft, { instrument, quote: undefined, portfolio: portfolio() })
    expect(check).toMatchObject({ ready: true, quantityError: undefined, limitPriceError: undefined })
    expect(toRequest(draft, 'id')).toMatchObject({ quantity: 0.07, limitPrice: 1.15 })
  })

  it('has no limit price for the market', () => {
    const draft = { ...emptyDraft, symbol: 'X', quantity: '1', limitPrice: '9' }
    expect(toRequest(draft, 'id')).not.toHaveProperty('limitPrice')
  })
})
