import { expect, it } from 'vitest'
import { isDown, schedule } from './schedule.ts'

it('has phases of one length that follow each other without a gap', () => {
  const phases = schedule(35)
  expect(phases.map(({ startMs }) => startMs)).toEqual([0, 5_000, 10_000, 15_000, 20_000, 25_000, 30_000])
  expect(phases.map(({ endMs }) => endMs)).toEqual([...phases.slice(1).map(({ startMs }) => startMs), 35_000])
})

it('goes through every fault, with the standby healthy until the last', () => {
  const phases = schedule(7)
  expect(phases.map(({ primary }) => primary)).toEqual([
    'healthy',
    'errors',
    'slow',
    'hung',
    'killed',
    'healthy',
    'slow',
  ])
  expect(phases.filter(({ standby }) => standby !== 'healthy').map(({ name }) => name)).toEqual(['both slow'])
})

it('scales, and knows when the primary is down', () => {
  const phases = schedule(3.5)
  expect(phases.at(-1)?.endMs).toBe(3_500)
  expect(phases.filter(isDown).map(({ name, startMs }) => [name, startMs])).toEqual([
    ['hung', 1_500],
    ['killed', 2_000],
  ])
})
