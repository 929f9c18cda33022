import { seededRandom } from '@holdfast/testing'
import { around } from '@holdfast/testing/arbitraries'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { drawFrom } from '../draw-from.ts'
import { Line } from './line.ts'
import type { TcpFaults } from './tcp-faults.ts'

type Step =
  | { readonly type: 'send'; readonly length: number }
  | { readonly type: 'set'; readonly faults: TcpFaults }
  | { readonly type: 'pass'; readonly ms: number }

const jitter = around(20).map((mostMs) => ({ kind: 'uniform', leastMs: 0, mostMs }) as const)
const faults: fc.Arbitrary<TcpFaults> = fc.record(
  {
    delayMs: fc.oneof(around(20), jitter),
    bytesPerSecond: fc.constantFrom(0.5, 1, 99, 100, 1_000, 1e9),
    hold: fc.boolean(),
  },
  { requiredKeys: [] },
)
const sending = fc.record({ type: fc.constant('send' as const), length: around(64) })
const passing = fc.record({ type: fc.constant('pass' as const), ms: around(20) })
const setting = fc.record({ type: fc.constant('set' as const), faults })
const steps = fc.array(fc.oneof<fc.Arbitrary<Step>[]>(sending, passing, setting), { maxLength: 30 })

/** Bytes that show by their values where in the stream they belong. */
function numbered(from: number, length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, index) => (from + index) % 251))
}

/** Takes all that has arrived; returns when to look again. */
function drain(line: Line, now: number, arrived: (bytes: number, content: Buffer | string) => void): number {
  for (;;) {
    const arrival = line.take(now)
    if (arrival === undefined) return Infinity
    if ('at' in arrival) return arrival.at
    if ('bytes' in arrival) arrived(arrival.bytes.length, arrival.bytes)
    else arrived(0, arrival.ending)
  }
}

describe('a line', () => {
  test('hands on everything in order and the end last, whatever the faults were on the way', () => {
    fc.assert(
      fc.property(steps, (story) => {
        const line = new Line({}, seededRandom(1))
        const out: Buffer[] = []
        let ended = false
        const arrived = (_: number, content: Buffer | string): void => {
          expect(ended).toBe(false)
          if (typeof content === 'string') ended = true
          else out.push(content)
        }
        let [now, sent] = [0, 0]
        for (const step of story) {
          if (step.type === 'set') line.set(step.faults, now)
          if (step.type === 'pass') now += step.ms
          if (step.type === 'send') {
            line.send(numbered(sent, step.length), now)
            sent += step.length
          }
          drain(line, now, arrived)
        }
        line.send('end', now)
        line.set({}, now)
        expect(drain(line, now, arrived)).toBe(Infinity)
        expect(ended).toBe(true)
        expect(Buffer.concat(out)).toEqual(numbered(0, sent))
        expect(line.weight).toBe(0)
      }),
    )
  })

  test('is never early, never faster than its throttle, and comes to an end in time', () => {
    const rates = fc.constantFrom(undefined, 1, 99, 100, 1_000)
    const sends = fc.array(fc.record({ length: fc.constantFrom(1, 2, 63, 64, 65), after: around(20) }), {
      minLength: 1,
      maxLength: 8,
    })
    fc.assert(
      fc.property(around(50), rates, sends, (delayMs, bytesPerSecond, all) => {
        const faults = bytesPerSecond === undefined ? { delayMs } : { delayMs, bytesPerSecond }
        const line = new Line(faults, seededRandom(1))
        const sentAt: number[] = []
        let [now, total] = [0, 0]
        for (const { length, after } of all) {
          now += after
          line.send(numbered(0, length), now)
          for (let byte = 0; byte < length; byte++) sentAt.push(now)
        }
        let next = 0
        let last = 0
        while (next !== Infinity) {
          const at = next
          next = drain(line, at, (bytes) => {
            total += bytes
            last = at
            expect(at).toBeGreaterThanOrEqual((sentAt[total - 1] ?? 0) + delayMs)
            if (bytesPerSecond === undefined) return
            const from = (sentAt[0] ?? 0) + delayMs
            expect(total).toBeLessThanOrEqual(((at - from) * bytesPerSecond) / 1000 + 1e-6)
          })
          expect(next).toBeGreaterThan(at)
        }
        expect(total).toBe(sentAt.length)
        const carryingMs = bytesPerSecond === undefined ? 0 : (total * 1000) / bytesPerSecond
        expect(last).toBeLessThanOrEqual(now + delayMs + carryingMs + 1e-6)
      }),
    )
  })

  test('delays each chunk by what is drawn for it, and by more only where the one before it is later', () => {
    const sends = fc.array(around(20), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(sends, fc.nat(), (afters, seed) => {
        const delayMs = { kind: 'exponential', meanMs: 20 } as const
        const line = new Line({ delayMs }, seededRandom(seed))
        const draw = drawFrom(delayMs, seededRandom(seed))
        const due: number[] = []
        let now = 0
        for (const after of afters) {
          now += after
          line.send(numbered(0, 1), now)
          due.push(Math.max(due.at(-1) ?? 0, now + draw()))
        }
        const arrivedAt: number[] = []
        for (let next = 0; next !== Infinity; ) {
          const at = next
          next = drain(line, at, () => arrivedAt.push(at))
        }
        expect(arrivedAt).toEqual(due)
      }),
    )
  })

  test('weighs at least what it carries', () => {
    fc.assert(
      fc.property(fc.array(around(64)), (lengths) => {
        const line = new Line({ hold: true }, seededRandom(1))
        for (const length of lengths) line.send(numbered(0, length), 0)
        const bytes = lengths.reduce((sum, length) => sum + length, 0)
        expect(line.weight).toBeGreaterThanOrEqual(bytes)
      }),
    )
  })
})
