import { describe, expect, test } from 'vitest'
import { PriorityQueue } from './queue.ts'
import type { Order } from './queue.ts'

function filled(...entries: readonly (readonly [item: string, priority: number])[]): PriorityQueue<string> {
  const queue = new PriorityQueue<string>()
  for (const [item, priority] of entries) queue.add(item, priority)
  return queue
}

describe('priority queue', () => {
  test.each<[Order, string, string]>([
    ['fifo', 'a', 'c'],
    ['lifo', 'c', 'a'],
  ])('%s: among equals %s is first and %s last', (order, first, last) => {
    const queue = filled(['a', 0], ['b', 0], ['c', 0])
    expect([queue.first(order), queue.last(order)]).toEqual([first, last])
  })

  test('a higher priority is before all that are lower, whenever it came', () => {
    const queue = filled(['low', -1], ['high', 7], ['middle', 0])
    expect([queue.first('fifo'), queue.last('fifo')]).toEqual(['high', 'low'])
  })

  test('an empty queue has nobody', () => {
    const queue = filled()
    expect([queue.first('fifo'), queue.last('lifo'), queue.size]).toEqual([undefined, undefined, 0])
  })

  test('an item leaves once', () => {
    const queue = new PriorityQueue<string>()
    const place = queue.add('a', 0)
    expect([queue.remove(place), queue.remove(place), queue.size]).toEqual([true, false, 0])
  })
})
