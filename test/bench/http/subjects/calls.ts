import { pipelineFrom, standard } from '@holdfast/core'
import { resilientFetch } from '@holdfast/fetch'
import * as cockatiel from 'cockatiel'
import Opossum from 'opossum'
import type { Dispatcher } from 'undici'
import { room, timeoutMs } from '../subject.ts'
import type { Caller, ClientSubject, Group } from '../subject.ts'

/** Asks once, unless the signal says that nobody waits any longer. */
type Client = (url: string, signal?: AbortSignal) => Promise<number>

function by(fetching: typeof fetch): Client {
  return async (url, signal) => {
    const response = await fetching(url, signal === undefined ? {} : { signal })
    await response.text()
    return response.status
  }
}

const byFetch = by(fetch)

/** undici is loaded only where it is used, since Node's own fetch goes through it from then on. */
async function byRequest(dispatcher?: Dispatcher): Promise<Client> {
  const { request } = await import('undici')
  const through = dispatcher === undefined ? {} : { dispatcher }
  return async (url, signal) => {
    const { statusCode, body } = await request(url, signal === undefined ? through : { ...through, signal })
    await body.text()
    return statusCode
  }
}

async function byInterceptor(): Promise<Client> {
  const { Agent } = await import('undici')
  const { holdfast } = await import('@holdfast/undici')
  return byRequest(new Agent().compose(holdfast()))
}

function throughHoldfast(client: Client): Caller {
  const guarded = pipelineFrom({ name: 'bench', parts: standard })
  return (url) => guarded.execute(({ signal }) => client(url, signal))
}

/** What the standard preset of Holdfast has, as far as there are counterparts. */
function throughCockatiel(client: Client): Caller {
  const all = cockatiel.handleAll
  const sampling = new cockatiel.SamplingBreaker({ threshold: 0.5, duration: 10_000, minimumRps: 2 })
  const policy = cockatiel.wrap(
    cockatiel.timeout(2 * timeoutMs, cockatiel.TimeoutStrategy.Aggressive),
    cockatiel.retry(all, { maxAttempts: 2, backoff: new cockatiel.ExponentialBackoff() }),
    cockatiel.circuitBreaker(all, { halfOpenAfter: 1_000, breaker: sampling }),
    cockatiel.timeout(timeoutMs, cockatiel.TimeoutStrategy.Aggressive),
    cockatiel.bulkhead(room, room),
  )
  return (url) => policy.execute(({ signal }) => client(url, signal))
}

/** A breaker with a timeout and a capacity. It does not retry, and has no signal for each call. */
function throughOpossum(client: Client): Caller {
  const breaker = new Opossum((url: string) => client(url), { timeout: timeoutMs, capacity: room })
  return (url) => breaker.fire(url)
}

/** Calls of another service by Node's own fetch, and what stands around them. */
export const byFetching: Group<ClientSubject> = {
  name: 'a call by fetch',
  subjects: {
    fetch: async () => byFetch,
    resilientFetch: async () => by(resilientFetch()),
    'holdfast around fetch': async () => throughHoldfast(byFetch),
    'cockatiel around fetch': async () => throughCockatiel(byFetch),
    'opossum around fetch': async () => throughOpossum(byFetch),
    'undici request': () => byRequest(),
  },
}

export const byRequesting: Group<ClientSubject> = {
  name: 'a call by undici request',
  subjects: {
    'undici request': () => byRequest(),
    '@holdfast/undici': byInterceptor,
    'holdfast around undici request': async () => throughHoldfast(await byRequest()),
    'cockatiel around undici request': async () => throughCockatiel(await byRequest()),
    'opossum around undici request': async () => throughOpossum(await byRequest()),
  },
}
