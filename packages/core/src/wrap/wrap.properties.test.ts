import { VirtualClock } from '@holdfast/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { wrap } from '../index.ts'
import type { ErrorMeaning } from '../index.ts'

type End = ErrorMeaning | 'value'

class MeaningfulError extends Error {
  readonly meaning: ErrorMeaning

  constructor(meaning: ErrorMeaning) {
    super(meaning)
    this.meaning = meaning
  }
}

/** A client that ends its calls as listed, then with values, and counts those that may have been done. */
class Client {
  readonly #ends: readonly End[]
  calls = 0
  perhapsDone = 0

  constructor(ends: readonly End[]) {
    this.#ends = ends
  }

  async call(): Promise<number> {
    const end = this.#ends[this.calls++] ?? 'value'
    if (end !== 'undone' && end !== 'again') this.perhapsDone++
    if (end === 'value') return this.calls
    throw new MeaningfulError(end)
  }
}

const meaningOf = (error: unknown): ErrorMeaning =>
  error instanceof MeaningfulError ? error.meaning : 'answered'

/** How often a client is called that ends so, as one counts by hand. */
function expectedCalls(ends: readonly End[], attempts: number, mayRepeat: boolean): number {
  for (let call = 1; call <= attempts; call++) {
    const end = ends[call - 1] ?? 'value'
    if (end === 'value' || end === 'answered' || (end === 'unknown' && !mayRepeat)) return call
  }
  return attempts
}

const end = fc.constantFrom<End>('undone', 'again', 'unknown', 'answered', 'value')
const calls = fc.record({
  ends: fc.array(end, { maxLength: 5 }),
  attempts: fc.integer({ min: 1, max: 4 }),
  mayRepeat: fc.boolean(),
})

describe('a wrapped method', () => {
  it('is called until it has succeeded or nothing may be repeated, and ends as its last call did', async () => {
    await fc.assert(
      fc.asyncProperty(calls, async ({ ends, attempts, mayRepeat }) => {
        const client = new Client(ends)
        const wrapped = wrap(client, {
          name: 'client',
          methods: ['call'],
          mayRepeat: () => mayRepeat,
          meaningOf,
          clock: new VirtualClock(),
          parts: [{ kind: 'retry', attempts, backoff: { type: 'constant', baseMs: 0 }, budget: false }],
        })
        const last = await wrapped.call().catch((error: unknown) => error)
        const times = expectedCalls(ends, attempts, mayRepeat)
        expect(client.calls).toBe(times)
        expect(last).toEqual(
          (ends[times - 1] ?? 'value') === 'value'
            ? times
            : new MeaningfulError(ends[times - 1] as ErrorMeaning),
        )
        if (!mayRepeat) expect(client.perhapsDone).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('is never done twice by a hedge, unless it may be', async () => {
    await fc.assert(
      fc.asyncProperty(
        calls,
        fc.integer({ min: 1, max: 3 }),
        async ({ ends, attempts, mayRepeat }, hedges) => {
          const client = new Client(ends)
          const wrapped = wrap(client, {
            name: 'client',
            methods: ['call'],
            mayRepeat: () => mayRepeat,
            meaningOf,
            clock: new VirtualClock(),
            parts: [
              { kind: 'retry', attempts, backoff: { type: 'constant', baseMs: 0 }, budget: false },
              { kind: 'hedge', hedges, delayMs: 0, budget: false },
            ],
          })
          await wrapped.call().catch(() => {})
          if (!mayRepeat) expect(client.perhapsDone).toBeLessThanOrEqual(1)
          expect(client.calls).toBeLessThanOrEqual(attempts * (mayRepeat ? hedges + 1 : 1))
        },
      ),
    )
  })
})
