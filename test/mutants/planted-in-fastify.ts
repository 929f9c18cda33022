import type { Planted } from './planted.ts'

const file = 'packages/fastify/src/answer.ts'
const tests = 'packages/fastify/src/answer.properties.test.ts'

export const plantedInFastify: readonly Planted[] = [
  {
    fault: 'a handler whose time is up keeps its reply',
    file,
    from: 'takeAway(reply)\n  forgetBody',
    to: 'forgetBody',
    tests,
  },
  {
    fault: 'a reply that was taken away still changes the status of the answer',
    file,
    from: 'raw: nowhere, ',
    to: '',
    tests,
  },
  {
    fault: 'a reply that was taken away still changes the headers of the answer',
    file,
    from: 'raw: nowhere, header: ignored,',
    to: 'raw: nowhere,',
    tests,
  },
]
