import { describe, expect, it } from 'vitest'
import { early } from './behaviours/answers.ts'
import { form, forms } from './behaviours/retry-after.ts'
import { slowBody, stalls } from './behaviours/stalls.ts'
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
import { wait } from './loop-time.ts'
import { plainFetch } from './plain-fetch.ts'
import { limits } from './client-under-test.ts'
import type { ClientKind } from './client-under-test.ts'
import { areGivenUp, areNotTold, deadEnds, redirectsOfAllKinds } from './redirect-laws.ts'
import { isObeyed } from './retry-after-law.ts'

/** One that has hung must be given up at some time; what it then leaves open is no surprise. */
const silentOnes = stalls.filter(({ heard, orHeard }) => heard.kind === 'silent' && orHeard === undefined)
const heardSoon = hostilities.filter(({ heard }) => heard.kind !== 'silent')
const names = (treatments: readonly { readonly name: string }[]): readonly string[] =>
  treatments.map(({ name }) => name).toSorted()

describe('fetch alone', () => {
  it('is found to hang where nothing comes', async () => {
    const found = await complaints(plainFetch, isHeard, hostilities)
    expect(Object.keys(found).toSorted()).toEqual(names(silentOnes))
    for (const each of Object.values(found)) expect(each).toContain('heard hung, not silent')
  })

  it('is found to try nothing again', async () => {
    const found = await complaints(plainFetch, isOvercome, heardSoon)
    const failing = heardSoon.filter(({ heard, name }) => {
      // undici takes a 100 as a mistake.
      return heard.kind !== 'status' || heard.status === 503 || name === 'says 100, though nobody asked'
    })
    expect(Object.keys(found).toSorted()).toEqual(names(failing))
    const onRequests = failing.filter(({ when }) => when !== 'accepted')
    const foundOnReuse = await complaints(plainFetch, isOvercomeOnReuse, onRequests)
    expect(Object.keys(foundOnReuse).toSorted()).toEqual(names(onRequests))
  })

  it('is found not to come again when it is told to', async () => {
    const found = await complaints(plainFetch, isObeyed, forms)
    const heeded = forms.filter(({ meaning }) => meaning !== 'not in time')
    expect(Object.keys(found).toSorted()).toEqual(names(heeded))
  })

  it('leaves when its caller does', async () => {
    expect(await complaints(plainFetch, isLeft, stalls)).toEqual({})
  })

  it('sends nothing twice', async () => {
    expect(await complaints(plainFetch, isNotRepeated, heardSoon)).toEqual({})
    expect(await complaints(plainFetch, isNotSentAgain, heardSoon)).toEqual({})
  })

  it('hears answers that come early', async () => {
    expect(await complaints(plainFetch, isHeardEarly, early)).toEqual({})
  })

  it('keeps credentials from other origins', async () => {
    expect(await complaints(plainFetch, areNotTold, redirectsOfAllKinds)).toEqual({})
  })

  it('gives up redirects that lead nowhere', async () => {
    expect(await complaints(plainFetch, areGivenUp, deadEnds)).toEqual({})
  })
})

/** Wrong in one thing each, which the law about it must see. */
describe('a client that', () => {
  const wrong = (change: Partial<ReturnType<ClientKind['make']>>): ClientKind => ({
    ...plainFetch,
    make: (limits) => ({ ...plainFetch.make(limits), ...change }),
  })

  it('ends a body with its attempt is seen', async () => {
    const cut = wrong({
      ask(url) {
        const attempt = new AbortController()
        void wait(limits.attemptMs).then(() => attempt.abort())
        return fetch(url, { signal: attempt.signal })
      },
    })
    expect(await isHeardToTheEnd(cut, slowBody)).not.toEqual([])
  })

  it('carries credentials along is seen', async () => {
    const carried = wrong({
      async ask(url, { headers = {} }) {
        const first = await fetch(url, { headers, redirect: 'manual' })
        return fetch(first.headers.get('location') ?? '', { headers })
      },
    })
    expect(await areNotTold(carried, { status: 302 })).toEqual([
      'told the other origin authorization',
      'told the other origin cookie',
      'told the other origin proxy-authorization',
    ])
  })

  it('comes again at once is seen', async () => {
    const hasty = wrong({
      async ask(url) {
        await (await fetch(url)).arrayBuffer()
        return fetch(url)
      },
    })
    expect(await isObeyed(hasty, form('retry-after: 0\n', 'at once'))).toEqual([])
    expect(await isObeyed(hasty, form('retry-after: 1\n', 'in a second'))).not.toEqual([])
    expect(await isObeyed(hasty, form('retry-after: 60\n', 'not in time'))).not.toEqual([])
  })

  it('forgets the bodies that it does not want is seen', async () => {
    const kept: Response[] = []
    const forgetful = wrong({
      async ask(url) {
        kept.push(await fetch(url))
        return new Response('ok')
      },
    })
    const large = hostilities.filter(({ name }) => name === 'answers 503 with a large body')
    expect(Object.values(await complaints(forgetful, isOvercome, large))).toEqual([
      ['leaves 1 connections open'],
    ])
    for (const response of kept) await response.body?.cancel()
  })
})
