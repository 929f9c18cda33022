import everything from './vitest.config.ts'

/** Of all tests those that stand beside the files that stryker changes. */
export default {
  test: {
    ...everything.test,
    include: [
      'packages/core/src/{circuit-breaker,retry,bulkhead,rate-limit,hedge}/*.test.ts',
      'packages/core/src/{window,budget,deadline-wheel}{,.properties}.test.ts',
      'packages/http/src/inbound/{shed-level.properties,load-shedding}.test.ts',
    ],
  },
}
