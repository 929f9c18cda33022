import { bulkhead, isError, pipeline } from '@holdfast/core'
import { controlledOperation, VirtualClock } from '@holdfast/testing'
import { describe, expect, it } from 'vitest'
import { byCriticality, criticalities, criticalityOf, isCriticality } from './criticality.ts'

describe('the criticality of a call', () => {
  it.each(criticalities)('is what its metadata say: %s', (criticality) => {
    expect(criticalityOf({ metadata: { criticality } })).toBe(criticality)
    expect(isCriticality(criticality)).toBe(true)
  })

  it.each([undefined, '', 'Sheddable', ' sheddable', 'toString', 0, null, ['sheddable'], {}])(
    'is critical where they say %j',
    (criticality) => {
      expect(criticalityOf({ metadata: { criticality } })).toBe('critical')
      expect(isCriticality(criticality)).toBe(false)
    },
  )

  it('is critical where they say nothing', () => expect(criticalityOf({ metadata: {} })).toBe('critical'))

  it('rises from sheddable to critical-plus', () => {
    const levels = ['sheddable', 'sheddable-plus', 'critical', 'critical-plus']
    expect(levels.map((criticality) => byCriticality({ metadata: { criticality } }))).toEqual([0, 1, 2, 3])
  })
})

it('a full queue gives up who is sheddable for who is not', async () => {
  const permits = bulkhead({ limit: 1, queue: { size: 1 }, priority: byCriticality })
  const door = pipeline('door', [permits], { clock: new VirtualClock() })
  const operation = controlledOperation<string>()
  const first = door.execute(operation.run)
  const sheddable = door.executeOutcome(operation.run, { metadata: { criticality: 'sheddable' } })
  const critical = door.execute(operation.run)
  expect(isError(await sheddable)).toBe(true)
  operation.last.resolve('first')
  expect(await first).toBe('first')
  operation.last.resolve('critical')
  expect(await critical).toBe('critical')
})
