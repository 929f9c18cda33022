import { defineConfig } from 'vitest/config'

const results = process.env['HOLDFAST_TEST_RESULTS']

export default defineConfig({
  test: {
    ...(results === undefined ? {} : { reporters: ['default', 'json'], outputFile: { json: results } }),
    projects: [
      {
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts', 'examples/*/src/**/*.test.ts'],
          exclude: ['**/*.properties.test.ts', '**/node_modules/**'],
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
          exclude: ['test/architecture/**', '**/node_modules/**'],
          testTimeout: 90_000,
        },
      },
    ],
  },
})
