import { defineConfig } from 'vitest/config'

/** What stryker runs: the tests beside the files that it changes, on the same draws for every mutant. */
export default defineConfig({
  test: {
    include: [
      'packages/core/src/*/*.test.ts',
      'packages/core/src/{window,budget,deadline-wheel}.test.ts',
      'packages/core/src/{window,budget,deadline-wheel}.properties.test.ts',
    ],
    setupFiles: ['test/mutants/seed.ts'],
  },
})
