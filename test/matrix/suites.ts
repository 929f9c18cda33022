/** Test files that are to pass on every Node that is supported, as vitest's filters: parts of their paths. */
export interface Suite {
  readonly name: string
  readonly files: readonly string[]
}

export const suites: readonly Suite[] = [
  {
    name: 'inbound',
    files: ['test/inbound/', 'packages/http/src/inbound/', 'packages/express/src/', 'packages/fastify/src/'],
  },
  {
    name: 'outbound',
    files: [
      ...['packages/http/src/deadline', 'packages/http/src/outbound/', 'packages/fetch/src/'],
      ...['test/http/hostile', 'test/http/outbound-checklist', 'packages/undici/src/', 'packages/axios/src/'],
    ],
  },
]
