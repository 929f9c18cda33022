import { defineConfig } from 'vitest/config'

/** Every test, on the same draws each time: a fault is caught always or never. In one process, so that it can be ended. */
export default defineConfig({
  test: {
    include: ['packages/*/src/**/*.test.ts', 'test/**/*.test.ts'],
    setupFiles: ['test/mutants/seed.ts'],
    // Enough for each planted fault, and a tenth of the time.
    env: { HOLDFAST_SEARCH_STATES: '4000', HOLDFAST_NETWORK_RUNS: '1500' },
    pool: 'threads',
    maxWorkers: 1,
    testTimeout: 60_000,
  },
})
