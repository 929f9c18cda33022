import { defineConfig } from 'vitest/config'

/** What needs a real Redis. */
const withRedis = ['test/servers/**/*.test.ts', '**/*.redis.test.ts']
const results = process.env['HOLDFAST_TEST_RESULTS']

export default defineConfig({
  test: {
    // Most of the time is spent waiting for servers.
    maxWorkers: 2,
    ...(results === undefined ? {} : { reporters: ['default', 'json'], outputFile: { json: results } }),
    projects: [
      {
        test: {
          name: 'unit',
          // Some wait for sockets and processes, on machines that are busy.
          testTimeout: 30_000,
          include: ['packages/*/src/**/*.test.ts', 'examples/*/src/**/*.test.ts'],
          exclude: ['**/*.properties.test.ts', ...withRedis, '**/node_modules/**'],
        },
      },
      {
        test: { name: 'property', include: ['packages/*/src/**/*.properties.test.ts'], testTimeout: 60_000 },
      },
      { test: { name: 'architecture', include: ['test/architecture/**/*.test.ts'], testTimeout: 60_000 } },
      {
        test: {
          name: 'system',
          include: ['test/**/*.test.ts'],
          exclude: ['test/architecture/**', ...withRedis, '**/node_modules/**'],
          testTimeout: 90_000,
        },
      },
      {
        test: {
          name: 'redis',
          include: withRedis,
          exclude: ['**/node_modules/**'],
          globalSetup: 'test/servers/prepare.ts',
          testTimeout: 60_000,
        },
      },
    ],
  },
})
