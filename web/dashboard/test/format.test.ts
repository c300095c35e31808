import { describe, expect, it, vi } from 'vitest'
import { serverUrl } from '../src/shared/config.ts'
import {
  arrow,
  formatAge,
  formatMoney,
  formatPercent,
  formatPrice,
  formatQuantity,
  formatSigned,
  formatTime,
  tone,
} from '../src/shared/format.ts'

describe('figures', () => {
  it('have two decimals, commas and a real minus', () => {
    expect(formatMoney(-1234567.5)).toBe('−1,234,567.50')
    expect(formatSigned(12)).toBe('+12.00')
    expect(formatSigned(-12)).toBe('−12.00')
    expect(formatPercent(1.256)).toBe('+1.26%')
    expect(formatPrice(64000.1249)).toBe('64,000.12')
    expect(formatPrice(0.00001234)).toBe('0.00001234')
    expect(formatQuantity(0.00000001)).toBe('0.00000001')
  })

  it('that round to nothing are neither gain nor loss', () => {
    expect([formatSigned(-0.001), tone(-0.001), arrow(0.004)]).toEqual(['0.00', 'text-muted', '■'])
    expect([tone(1), tone(-1), arrow(1), arrow(-1)]).toEqual(['text-up', 'text-down', '▲', '▼'])
  })

  it.each([
    [0, 'now'],
    [1_999, 'now'],
    [5_000, '5 s'],
    [60_000, '1 min'],
    [7_200_000, '2 h'],
    [200_000_000, '2 d'],
  ])('have an age: %i ms is %s', (age, text) => {
    expect(formatAge(age)).toBe(text)
  })

  it('have a time, with the day when it was another one', () => {
    const noon = new Date(2026, 2, 2, 12, 3, 4).getTime()
    expect(formatTime(noon, noon + 1)).toBe('12:03:04')
    expect(formatTime(noon, noon + 86_400_000)).toBe('Mar 2 12:03:04')
  })
})

describe('VITE_WS_URL', () => {
  it('is where the server is, or nothing, or an error that says what is allowed', () => {
    expect(serverUrl()).toBeUndefined()
    vi.stubEnv('VITE_WS_URL', 'https://desk.example.com/')
    expect(serverUrl()).toBe('https://desk.example.com')
    vi.stubEnv('VITE_WS_URL', 'desk')
    expect(() => serverUrl()).toThrow('must be an address')
    vi.unstubAllEnvs()
  })
})
