import { pipeline } from '@holdfast/core'
import type { Call } from '@holdfast/core'
import { expect, test } from 'vitest'
import { faultInjection } from './fault-injection.ts'
import { Timetable } from './schedule.ts'

test('a window is over at its end, whoever is late to stop the fault', async () => {
  const timetable = new Timetable({ fromMs: 5, toMs: 10 })
  // Any call will do.
  const call: Call = await pipeline('test', [faultInjection()]).execute((given) => given)
  expect([4, 5, 9, 10].map((sinceMs) => timetable.means(call, sinceMs))).toEqual([false, true, true, false])
})
