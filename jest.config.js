// Jest: the tests of numbers and layers by default; those of the packed package and of a browser when asked for.

const FOLDERS = {
  unit: {
    testMatch: ['<rootDir>/tests/**/*.test.js'],
    testPathIgnorePatterns: ['/node_modules/', '<rootDir>/tests/(browser|package)/'],
  },
  package: { testMatch: ['<rootDir>/tests/package/**/*.test.js'], testTimeout: 240000 },
  browser: { testMatch: ['<rootDir>/tests/browser/**/*.test.js'], testTimeout: 120000 },
};

export default {
  // The sources are ES modules as they are.
  transform: {},
  testEnvironment: 'node',
  coverageProvider: 'v8',
  coverageDirectory: 'build/coverage',
  coverageReporters: ['text-summary', 'html'],
  collectCoverageFrom: ['js/**/*.js'],
  modulePathIgnorePatterns: ['<rootDir>/build/', '<rootDir>/dist/', '<rootDir>/bench/'],
  ...FOLDERS[process.env.GRU_TESTS ?? 'unit'],
};
