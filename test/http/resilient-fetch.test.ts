import { resilientFetch } from '@holdfast/fetch'
import { describe, expect, it } from 'vitest'
import { early } from './behaviours/answers.ts'
import { forms } from './behaviours/retry-after.ts'
import { slowBody, stalls } from './behaviours/stalls.ts'
import type { ClientKind } from './client-under-test.ts'
import { complaints } from './complaints.ts'
import { hostilities } from './hostilities.ts'
import {
  isHeard,
  isHeardEarly,
  isHeardToTheEnd,
  isLeft,
  isNotRepeated,
  isNotSentAgain,
  isOvercome,
  isOvercomeOnReuse,
} from './laws.ts'
import { init } from './plain-fetch.ts'
import { areGivenUp, areNotTold, deadEnds, redirectStatuses } from './redirect-laws.ts'
import { isObeyed } from './retry-after-law.ts'

const resilient: ClientKind = {
  name: 'resilientFetch',
  readsBody: false,
  followsRedirects: true,
  make({ attempts, attemptMs, totalMs }) {
    const client = resilientFetch({
      parts: [
        { kind: 'timeout', name: 'total', durationMs: totalMs },
        { kind: 'retry', attempts, backoff: { baseMs: 2 } },
        { kind: 'circuit-breaker' },
        { kind: 'timeout', durationMs: attemptMs },
      ],
    })
    return {
      ask: (url, asked) => client(url, init(asked)),
      isTimeout: (error) => error instanceof Error && 'code' in error && error.code === 'ERR_TIMEOUT',
      close: async () => {},
    }
  },
}

describe('resilientFetch', () => {
  it('hears what there is to hear, in bounded time and attempts', async () => {
    expect(await complaints(resilient, isHeard, hostilities)).toEqual({})
  })

  it('overcomes what fails once, on a new connection and on one that was kept', async () => {
    expect(await complaints(resilient, isOvercome, hostilities)).toEqual({})
    const onRequests = hostilities.filter(({ when }) => when !== 'accepted')
    expect(await complaints(resilient, isOvercomeOnReuse, onRequests)).toEqual({})
  })

  it('repeats nothing that may have been done, and sends no stream twice', async () => {
    expect(await complaints(resilient, isNotRepeated, hostilities)).toEqual({})
    expect(await complaints(resilient, isNotSentAgain, hostilities)).toEqual({})
  })

  it('comes again when it is told to', async () => {
    expect(await complaints(resilient, isObeyed, forms)).toEqual({})
  })

  it('leaves when its caller does', async () => {
    expect(await complaints(resilient, isLeft, stalls)).toEqual({})
  })

  it('hears answers that come early, and to the end those whose body is slow', async () => {
    expect(await complaints(resilient, isHeardEarly, early)).toEqual({})
    expect(await isHeardToTheEnd(resilient, slowBody)).toEqual([])
  })

  it('keeps credentials from other origins', async () => {
    const found = await Promise.all(redirectStatuses.map((status) => areNotTold(resilient, status)))
    expect(found.flat()).toEqual([])
  })

  it('gives up redirects that lead nowhere', async () => {
    const found = await Promise.all(deadEnds.map((location) => areGivenUp(resilient, 302, location)))
    expect(found.flat()).toEqual([])
  })
})
