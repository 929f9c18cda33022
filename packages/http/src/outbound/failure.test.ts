import { bulkhead, BulkheadFullError, pipeline, TimeoutError } from '@holdfast/core'
import { describe, expect, it } from 'vitest'
import { StatusError } from '../status-error.ts'
import { asLocalFault, asSent, failureOf } from './failure.ts'

const coded = (code: string, more: object = {}): Error => Object.assign(new Error(code), { code, ...more })
/** As `fetch` wraps them. */
const wrapped = (cause: unknown): Error => new TypeError('fetch failed', { cause })

const unsent = { kind: 'unsent', retryable: true, counts: true }
const unknown = { kind: 'unknown', retryable: true, counts: true }
const local = { kind: 'local', retryable: false, counts: false }
const refused = { kind: 'refused', retryable: true, counts: false }

describe('where nothing was sent', () => {
  it.each(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT', 'CERT_HAS_EXPIRED'])(
    '%s says so',
    (code) => {
      expect(failureOf(coded(code))).toEqual(unsent)
      expect(failureOf(wrapped(coded(code)))).toEqual(unsent)
    },
  )

  it('what fails while it connects says so, whatever its code', () => {
    expect(failureOf(coded('ETIMEDOUT', { syscall: 'connect' }))).toEqual(unsent)
    expect(failureOf(coded('ENETUNREACH', { syscall: 'connect' }))).toEqual(unsent)
    expect(failureOf(coded('ESERVFAIL', { syscall: 'getaddrinfo' }))).toEqual(unsent)
  })

  it('all addresses of a name must have failed to connect', () => {
    const both = [coded('ECONNREFUSED', { syscall: 'connect' }), coded('ETIMEDOUT', { syscall: 'connect' })]
    expect(failureOf(wrapped(Object.assign(new AggregateError(both), { code: 'ECONNREFUSED' })))).toEqual(
      unsent,
    )
    expect(
      failureOf(Object.assign(new AggregateError([both[0], coded('ECONNRESET')]), { code: 'ECONNREFUSED' })),
    ).toEqual(unknown)
  })

  it('an address that this machine does not reach at all is not held against the others', () => {
    const missing = coded('EADDRNOTAVAIL', { syscall: 'connect' })
    expect(failureOf(new AggregateError([missing, coded('ECONNREFUSED')]))).toEqual(unsent)
    expect(failureOf(new AggregateError([missing]))).toEqual(local)
  })
})

describe('where it may have been done', () => {
  it.each([
    'ECONNRESET',
    'EPIPE',
    'UND_ERR_SOCKET',
    'UND_ERR_HEADERS_TIMEOUT',
    'UND_ERR_BODY_TIMEOUT',
    'ETIMEDOUT',
    'ECONNABORTED',
    'HPE_INVALID_CONSTANT',
  ])('%s says so', (code) => expect(failureOf(wrapped(coded(code)))).toEqual(unknown))

  it('a timeout of an attempt says so', () => {
    expect(failureOf(new TimeoutError('late', { policy: 'timeout' }))).toEqual(unknown)
  })

  it.each([
    undefined,
    null,
    'no',
    7,
    new Error('odd'),
    wrapped(new Error('odd')),
    new Error('bad port'),
    new AggregateError([]),
  ])('what nobody knows is taken for it: %s', (error) => expect(failureOf(error)).toEqual(unknown))
})

describe('what came after the request had been sent', () => {
  it('may have been done, whatever it tells of connections; all else is as ever', () => {
    expect(failureOf(asSent(wrapped(coded('ECONNREFUSED'))))).toEqual(unknown)
    expect(failureOf(asSent(wrapped(coded('ECONNRESET'))))).toEqual(unknown)
    expect(failureOf(asSent(coded('ERR_INVALID_URL')))).toEqual(local)
    expect(failureOf(asSent('text'))).toEqual(unknown)
  })
})

describe('what counts against nobody', () => {
  it.each(['UND_ERR_INVALID_ARG', 'ERR_INVALID_URL', 'ERR_CANCELED', 'UND_ERR_ABORTED', 'EMFILE'])(
    '%s is a fault of the request, its caller or this process',
    (code) => {
      expect(failureOf(coded(code))).toEqual(local)
      expect(failureOf(wrapped(coded(code)))).toEqual(local)
    },
  )

  it.each(['bad port', 'redirect count exceeded', 'unknown scheme'])('is what fetch refuses: %s', (words) => {
    expect(failureOf(wrapped(new Error(words)))).toEqual(local)
    expect(failureOf(wrapped(Object.assign(new Error(words), { code: 'ECONNRESET' })))).toEqual(unknown)
  })

  it('is the caller’s own abort, and what an adapter marks', () => {
    expect(failureOf(new DOMException('gone', 'AbortError'))).toEqual(local)
    const error = new TypeError('no such method')
    expect(failureOf(error)).toEqual(unknown)
    expect(failureOf(asLocalFault(error))).toEqual(local)
    expect(asLocalFault('text')).toBe('text')
  })

  it('is a refusal, for which nothing was sent', () => {
    expect(failureOf(new BulkheadFullError('full', { policy: 'bulkhead' }))).toEqual(refused)
  })

  it('but a refusal after an attempt leaves open what that one did', () => {
    const after = (cause: unknown): unknown => new BulkheadFullError('full', { policy: 'bulkhead', cause })
    expect(failureOf(after(coded('ECONNRESET')))).toEqual(unknown)
    expect(failureOf(after(coded('ECONNREFUSED')))).toEqual(unsent)
    expect(failureOf(after(new Error('odd')))).toEqual(unknown)
  })
})

describe('the status', () => {
  it.each([408, 425, 429, 500, 502, 503, 504])('%i is worth another attempt', (status) =>
    expect(failureOf(new StatusError(status))).toMatchObject({ kind: 'status', retryable: true }),
  )

  it.each([400, 401, 404, 409, 422, 501, 505, 507])('%i is not', (status) =>
    expect(failureOf(new StatusError(status)).retryable).toBe(false),
  )

  it.each([500, 502, 503, 504, 507])('%i counts against the service', (status) =>
    expect(failureOf(new StatusError(status)).counts).toBe(true),
  )

  it.each([400, 404, 408, 425, 429, 501, 505])('%i does not', (status) =>
    expect(failureOf(new StatusError(status)).counts).toBe(false),
  )
})

describe('an error that plays tricks', () => {
  it('may be its own cause', () => {
    const error = new Error('round') as Error & { cause: unknown }
    error.cause = error
    expect(failureOf(error)).toEqual(unknown)
    const gathering = new AggregateError([])
    gathering.errors.push(gathering, coded('ECONNREFUSED'))
    expect(failureOf(gathering)).toEqual(unknown)
  })

  it('may have causes without end, of which the first are looked at', () => {
    let read = 0
    class Endless extends Error {
      override get cause(): unknown {
        read++
        return new Endless()
      }
    }
    expect(failureOf(new Endless())).toEqual(unknown)
    expect(read).toBeLessThan(100)
  })

  it('may throw whatever is asked of it', () => {
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error('mine')
        },
        has: () => true,
        getPrototypeOf: () => null,
      },
    )
    expect(failureOf(hostile)).toEqual(unknown)
    expect(failureOf(wrapped(hostile))).toEqual(unknown)
  })

  it('may gather more than anybody wants to read', () => {
    const nested = (depth: number): Error =>
      depth === 0
        ? coded('ECONNREFUSED')
        : new AggregateError(Array.from({ length: 40 }, () => nested(depth - 1)))
    expect(failureOf(nested(2))).toEqual(unsent)
    expect(failureOf(nested(3))).toEqual(unknown)
  })
})

it('a refusal of another pipeline is known as one', async () => {
  const outcome = await pipeline('other', [bulkhead({ limit: 0 })]).executeOutcome(() => 1)
  expect('error' in outcome && failureOf(outcome.error)).toEqual(refused)
})
