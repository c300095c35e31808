// The example's own tests, and the whole test suite of the hooks on the package as it is installed here:
// React Native's environment, transforms and renderer, and nothing of a browser.
const hooks = '<rootDir>/../../web/packages/hooks'

module.exports = {
  preset: 'react-native',
  roots: ['<rootDir>/test', `${hooks}/test/core`, `${hooks}/test/react`],
  testMatch: ['**/*.test.ts', '**/*.test.tsx'],
  testTimeout: 30_000, // the first test of a file waits for React Native to be transformed
  testPathIgnorePatterns: [
    'real-socket', // starts a server, which no phone does
    'samples', // reads the samples of the Go tests
  ],
  transform: {
    '^.+\\.(js|jsx|ts|tsx)$': ['babel-jest', { configFile: require.resolve('./babel.config.js') }],
  },
  transformIgnorePatterns: [
    'node_modules/(?!((jest-)?react-native|@react-native(-community)?|@tradewind|socket\\.io-client|engine\\.io-client|socket\\.io-parser|engine\\.io-parser|@socket\\.io)/)',
  ],
  moduleNameMapper: {
    '^vitest$': '<rootDir>/test/vitest-on-jest.ts',
    '^@testing-library/react$': '<rootDir>/node_modules/@testing-library/react-native',
    '^(?:\\.\\./)+src/(core|react|native)/(.*)\\.tsx?$':
      '<rootDir>/node_modules/@tradewind/react/dist/$1/$2.js',
    '^(react|react/.*)$': '<rootDir>/node_modules/$1',
    '^(@babel/runtime/.*)$': '<rootDir>/node_modules/$1',
  },
}
