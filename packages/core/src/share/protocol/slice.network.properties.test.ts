import fc from 'fast-check'
import { expect, test } from 'vitest'
import { emptySlices, slice } from './slice.ts'
import type { SliceReply, SliceRequest } from './slice.ts'

const leaseMs = 3_000
/** No call takes longer. */
const callMs = 500

/** An instance that does as it is told: it admits what it has for certain, and lets calls end before the lease does. */
class Instance {
  readonly #name: string
  readonly #limit: number
  readonly sent: { readonly request: SliceRequest; readonly at: number }[] = []
  #sequence = 0
  #allowed = 0
  #until = -Infinity
  #ends: readonly number[] = []

  constructor(name: string, limit: number) {
    this.#name = name
    this.#limit = limit
  }

  running(now: number): number {
    this.#ends = this.#ends.filter((end) => end > now)
    return this.#ends.length
  }

  ask(want: number, now: number): void {
    const keep = Math.max(this.running(now), now < this.#until ? this.#allowed : 0)
    const [instance, limit, sequence] = [this.#name, this.#limit, ++this.#sequence]
    const request = { type: 'slice', id: 'stock', instance, sequence, limit, want, keep, leaseMs } as const
    this.sent.push({ request, at: now })
  }

  /** Only the newest request is still waited for. */
  hear({ sequence }: SliceRequest, at: number, { slice: permits, target }: SliceReply): void {
    if (sequence !== this.#sequence) return
    this.#allowed = Math.min(permits, target)
    this.#until = at + leaseMs - callMs
  }

  start(now: number): void {
    if (now < this.#until && this.running(now) < this.#allowed) this.#ends = [...this.#ends, now + callMs]
  }
}

const network = fc.constantFrom(1, 2, 3, 5).chain((limit) => {
  const who = fc.integer({ min: 0, max: 2 })
  const ask = fc.record({
    type: fc.constant('ask' as const),
    who,
    want: fc.constantFrom(0, 1, limit, 2 * limit),
  })
  // Of all that this one has sent, whatever is carried next; its reply may be lost.
  const carry = fc.record({
    type: fc.constant('carry' as const),
    who,
    which: fc.nat({ max: 3 }),
    lost: fc.boolean(),
  })
  const exchange = fc.record({ type: fc.constant('exchange' as const), who, want: fc.constantFrom(1, limit) })
  const start = fc.record({ type: fc.constant('start' as const), who, calls: fc.constantFrom(1, limit) })
  const afterMs = fc.constantFrom(1, callMs - 1, callMs, leaseMs - callMs - 1, leaseMs - callMs, leaseMs)
  const pass = fc.record({ type: fc.constant('pass' as const), afterMs })
  const step = fc.oneof(ask, carry, exchange, { arbitrary: start, weight: 2 }, pass)
  return fc.record({ limit: fc.constant(limit), steps: fc.array(step, { minLength: 10, maxLength: 60 }) })
})

test('never more calls run than the limit, whatever requests and replies come late, in another order, or not at all', () => {
  fc.assert(
    fc.property(network, ({ limit, steps }) => {
      const instances = ['a', 'b', 'c'].map((name) => new Instance(name, limit))
      let [record, now] = [emptySlices, 1_700_000_000_000]
      const carry = (instance: Instance, which: number, lost: boolean): void => {
        const [letter] = instance.sent.splice(which % Math.max(1, instance.sent.length), 1)
        if (letter === undefined) return
        const step = slice(record, letter.request, now)
        record = step.record
        if (!lost) instance.hear(letter.request, letter.at, step.reply)
      }
      for (const step of steps) {
        if (step.type === 'pass') now += step.afterMs
        const instance = step.type === 'pass' ? undefined : instances[step.who]
        if (instance === undefined) continue
        if (step.type === 'ask') instance.ask(step.want, now)
        if (step.type === 'carry') carry(instance, step.which, step.lost)
        if (step.type === 'exchange') {
          instance.ask(step.want, now)
          carry(instance, instance.sent.length - 1, false)
        }
        if (step.type === 'start') for (let each = 0; each < step.calls; each++) instance.start(now)
        expect(instances.reduce((sum, each) => sum + each.running(now), 0)).toBeLessThanOrEqual(limit)
      }
    }),
    { numRuns: 3_000 },
  )
})
