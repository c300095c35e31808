import react from '@vitejs/plugin-react'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const nativeRenderer = fileURLToPath(new URL('packages/hooks/test/native-renderer.tsx', import.meta.url))
const conditions = ['tradewind-source', 'module', 'node', 'development']

export default defineConfig({
  plugins: [react()],
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    // Bounds for a machine that is busy with other things; nothing waits that long to be right.
    testTimeout: 20_000,
    expect: { poll: { timeout: 8_000 } },
    restoreMocks: true,
    unstubGlobals: true,
    // Testing Library for React Native stands on it all the same.
    onConsoleLog: (log) => !log.includes('react-test-renderer is deprecated'),
    coverage: {
      include: ['packages/*/src/**/*.{ts,tsx}', 'dashboard/src/**/*.{ts,tsx}'],
      thresholds: { lines: 85 },
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'core',
          environment: 'node',
          include: ['packages/hooks/test/{core,server}/**/*.test.{ts,tsx}'],
        },
      },
      {
        // The same hooks as React Native renders them: neither window nor document.
        extends: true,
        resolve: { alias: { '@testing-library/react': nativeRenderer } },
        test: { name: 'native', environment: 'node', include: ['packages/hooks/test/react/**/*.test.tsx'] },
      },
      {
        extends: true,
        test: {
          name: 'package',
          environment: 'node',
          include: ['packages/hooks/test/package/**/*.test.ts'],
          testTimeout: 60_000,
        },
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
