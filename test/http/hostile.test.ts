import { describe, expect, it } from 'vitest'
import { axiosClient, axiosStreamClient } from './axios-client.ts'
import { early } from './behaviours/answers.ts'
import { forms } from './behaviours/retry-after.ts'
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
import { areGivenUp, areNotLedToRepeat, areNotTold, deadEnds, redirectsOfAllKinds } from './redirect-laws.ts'
import { resilientFetchClient } from './resilient-fetch-client.ts'
import { undiciClient, undiciFetchClient } from './undici-client.ts'
import { isObeyed } from './retry-after-law.ts'

/** Those of which all clients hear the same. */
const clear = stalls.filter(({ orHeard }) => orHeard === undefined)
const onRequests = hostilities.filter(({ when }) => when !== 'accepted')

const clients = [resilientFetchClient, undiciClient, undiciFetchClient, axiosClient, axiosStreamClient]

describe.each(clients)('$name, of whatever an upstream does to it,', (kind) => {
  it('says what there is to be said, in time', async () => {
    expect(await complaints(kind, isHeard, hostilities)).toEqual({})
  })

  it('lets nobody notice what happens once', async () => {
    expect(await complaints(kind, isOvercome, hostilities)).toEqual({})
  })

  it('lets nobody notice what happens once to a connection that was kept', async () => {
    expect(await complaints(kind, isOvercomeOnReuse, onRequests)).toEqual({})
  })

  it('does nothing twice that may have been done', async () => {
    expect(await complaints(kind, isNotRepeated, hostilities)).toEqual({})
  })

  it('sends no body twice that can be read once', async () => {
    expect(await complaints(kind, isNotSentAgain, hostilities)).toEqual({})
  })

  it('leaves when its caller does', async () => {
    expect(await complaints(kind, isLeft, clear)).toEqual({})
  })

  it('hears an answer that comes early', async () => {
    expect(await complaints(kind, isHeardEarly, early)).toEqual({})
  })

  it('lets a body take its time', async () => {
    expect(await isHeardToTheEnd(kind, slowBody)).toEqual([])
  })

  it('comes again when it is told to, and only then', async () => {
    expect(await complaints(kind, isObeyed, forms)).toEqual({})
  })

  it('keeps credentials from other origins', async () => {
    expect(await complaints(kind, areNotTold, redirectsOfAllKinds)).toEqual({})
  })

  it('does nothing twice for a redirect to where nobody is', async () => {
    expect(await complaints(kind, areNotLedToRepeat, redirectsOfAllKinds)).toEqual({})
  })

  it('gives up redirects that lead nowhere', async () => {
    expect(await complaints(kind, areGivenUp, deadEnds)).toEqual({})
  })
})
