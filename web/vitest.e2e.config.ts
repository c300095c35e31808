import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    name: 'e2e',
    include: ['e2e/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 40_000,
    fileParallelism: false,
  },
})
