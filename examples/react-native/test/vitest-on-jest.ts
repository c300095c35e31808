import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals'

/** What the tests of the hooks use of Vitest, as Jest has it. */
export const vi = Object.assign(Object.create(jest) as typeof jest, {
  useFakeTimers: ({ now }: { readonly now: number }) => jest.useFakeTimers({ now }),
})

expect.extend({
  toHaveBeenCalledOnce: (mock: jest.Mock) => ({
    pass: mock.mock.calls.length === 1,
    message: () => `called ${mock.mock.calls.length} times`,
  }),
})

afterEach(() => {
  jest.useRealTimers()
  jest.restoreAllMocks()
})

export { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it }
