import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

const conditions = ['tradewind-source', 'module', 'node', 'development']

export default defineConfig({
  plugins: [react()],
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    restoreMocks: true,
    unstubGlobals: true,
    coverage: {
      include: ['packages/*/src/**/*.{ts,tsx}', 'dashboard/src/**/*.{ts,tsx}'],
      thresholds: { lines: 85 },
    },
    projects: [
      {
        extends: true,
        test: { name: 'core', environment: 'node', include: ['packages/hooks/test/core/**/*.test.ts'] },
      },
      {
        extends: true,
        test: {
          name: 'react',
          environment: 'jsdom',
          setupFiles: ['vitest.setup.ts'],
          include: ['packages/hooks/test/react/**/*.test.tsx', 'dashboard/test/**/*.test.{ts,tsx}'],
        },
      },
    ],
  },
})
