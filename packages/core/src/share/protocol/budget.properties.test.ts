import fc from 'fast-check'
import { expect, test } from 'vitest'
import { budget, emptyBudget } from './budget.ts'

const bucketMs = 1_000

const reports = fc.array(
  fc.record({
    instance: fc.constantFrom('a', 'b', 'c'),
    again: fc.boolean(),
    requests: fc.constantFrom(0, 1, 10),
    retries: fc.constantFrom(0, 1, 10),
    afterMs: fc.constantFrom(0, 0, 1, 999, 1_000, 1_001, 8_999, 9_000, 9_999, 10_000, 20_000),
  }),
  { maxLength: 40 },
)

test('the sums equal a recount of all reports of the last ten buckets, each once', () => {
  fc.assert(
    fc.property(reports, (steps) => {
      let [record, now] = [emptyBudget, 1_700_000_000_000]
      const sequences = new Map<string, number>()
      const counted: { readonly bucket: number; readonly requests: number; readonly retries: number }[] = []
      for (const { instance, again, requests, retries, afterMs } of steps) {
        now += afterMs
        const last = sequences.get(instance) ?? 0
        const sequence = again && last > 0 ? last : last + 1
        sequences.set(instance, sequence)
        const bucket = Math.floor(now / bucketMs)
        if (sequence > last) counted.push({ bucket, requests, retries })
        const request = {
          type: 'budget',
          id: 'stock',
          instance,
          sequence,
          requests,
          retries,
          bucketMs,
        } as const
        const step = budget(record, request, now)
        record = step.record
        const lately = counted.filter((each) => each.bucket > bucket - 10)
        expect(step.reply).toMatchObject({
          requests: lately.reduce((sum, each) => sum + each.requests, 0),
          retries: lately.reduce((sum, each) => sum + each.retries, 0),
          reporters: sequences.size,
        })
      }
    }),
  )
})
