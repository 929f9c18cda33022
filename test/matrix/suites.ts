/** Test files that are to pass on every Node that is supported, as vitest's filters: parts of their paths. */
export interface Suite {
  readonly name: string
  readonly files: readonly string[]
}

export const suites: readonly Suite[] = [
  {
    name: 'inbound',
    files: [
      'test/inbound/',
      'packages/http/src/inbound/',
      'packages/http/src/lifecycle/',
      'packages/express/src/',
      'packages/fastify/src/',
    ],
  },
  {
    name: 'outbound',
    files: [
      // Not laws.test.ts, which says what Node's own fetch does: that is not the same on each Node.
      'test/http/hostile',
      'test/http/outbound-checklist',
      'packages/http/src/deadline',
      'packages/http/src/outbound/',
      'packages/fetch/src/',
      'packages/undici/src/',
      'packages/axios/src/',
      // Clients and services of a scenario as processes.
      'packages/simulator/src/real/',
    ],
  },
]
