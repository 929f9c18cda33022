import { VirtualClock } from '@holdfast/testing'
import { around } from '@holdfast/testing/arbitraries'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isError, pipeline, timeout, TimeoutError, wheelOf } from '../index.ts'
import type { Mode, Outcome, Part } from '../index.ts'

interface Given {
  readonly durationMs: number
  readonly mode: Mode
  /** Whether a policy stands behind it, so that the next timeout is in another layer. */
  readonly apart: boolean
}

const limits: fc.Arbitrary<readonly Given[]> = fc.array(
  fc.record({
    durationMs: fc.oneof(fc.constantFrom(10, 20, 2 ** 31), around(30)),
    mode: fc.constantFrom('enforce', 'enforce', 'shadow', 'off'),
    apart: fc.boolean(),
  }),
  { minLength: 1, maxLength: 4 },
)

const gap = (name: string): Part => ({ kind: 'gap', name, wrap: (next: unknown) => next }) as Part

function heardOf(outcome: Outcome): string {
  if (!isError(outcome)) return String(outcome.value)
  return outcome.error instanceof TimeoutError ? outcome.error.policy : String(outcome.error)
}

test('D10 D13: of any timeouts around each other the caller hears the earliest in force, the outermost of equals, and the operation is cut short then', async () => {
  await fc.assert(
    fc.asyncProperty(
      limits,
      fc.oneof(around(20), fc.constant(2 ** 31)),
      fc.option(around(25), { nil: undefined }),
      async (given, durationMs, abortedAfterMs = Infinity) => {
        // Ends and aborts fall between the whole milliseconds at which timeouts do.
        const endsAt = durationMs + 0.25
        const abortAt = abortedAfterMs + 0.5
        const clock = new VirtualClock()
        const parts = given.flatMap(({ durationMs: ms, mode, apart }, index) => {
          const limit = timeout({ name: `limit ${index}`, durationMs: () => ms, mode })
          return apart ? [limit, gap(`gap ${index}`)] : [limit]
        })
        const service = pipeline('service', parts, { clock })
        const caller = new AbortController()
        if (abortAt < Infinity) clock.alarm(() => caller.abort('left')).set(abortAt)
        let cutAt: number | undefined
        let heardAt = -1
        let heard = ''
        void service
          .executeOutcome(
            (call) => {
              call.onCancel(() => (cutAt = clock.now()))
              return new Promise((resolve) => clock.alarm(() => resolve('done')).set(endsAt))
            },
            { signal: caller.signal },
          )
          .then((outcome) => {
            heardAt = clock.now()
            heard = heardOf(outcome)
          })
        await clock.advance(2 ** 32)
        const enforced = given.map(({ durationMs: ms, mode }) => (mode === 'enforce' ? ms : Infinity))
        const earliest = Math.min(...enforced)
        const first = Math.min(earliest, endsAt, abortAt)
        const cut = first !== endsAt && earliest > 0
        const says =
          first === endsAt ? 'done' : first === abortAt ? 'left' : `limit ${enforced.indexOf(earliest)}`
        expect({ heard, heardAt, cutAt }).toEqual({
          heard: says,
          heardAt: first,
          cutAt: cut ? first : undefined,
        })
        expect(wheelOf(clock).size + clock.pending).toBe(0)
      },
    ),
    { numRuns: 300 },
  )
})
