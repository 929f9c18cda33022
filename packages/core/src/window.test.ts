import { describe, expect, it } from 'vitest'
import { window } from './window.ts'
import type { Window, WindowCells } from './window.ts'

/** Ten buckets of 100 ms. */
const sliding = (): Window => window({ type: 'time', durationMs: 1_000 })

const fill = (of: Window, now: number, cells: WindowCells): void => of.fill(now, cells, of.cellMs)

/** Calls, and of them those that failed, were slow, are ignored. */
const counted = (of: Window, now: number): readonly number[] => {
  const { calls, failures, slow, ignored } = of.counts(now)
  return [calls, failures, slow, ignored]
}

describe('a time window', () => {
  it('holds 10 s in ten buckets where nothing is said', () => {
    const unsaid = window({ type: 'time' })
    unsaid.add(0, true, true, true)
    unsaid.add(1_000, false, false)
    expect(counted(unsaid, 9_999)).toEqual([2, 1, 1, 1])
    expect(counted(unsaid, 10_000)).toEqual([1, 0, 0, 0])
    expect(counted(unsaid, 11_000)).toEqual([0, 0, 0, 0])
  })

  it('tells the buckets that hold calls, the oldest first, by their age', () => {
    const of = sliding()
    for (const at of [0, 199, 1_000, 1_050]) of.add(at, at === 199, at === 1_050, at === 1_050)
    expect(of.cells(1_050)).toEqual([
      [9, 1, 1, 0, 0],
      [0, 2, 0, 1, 1],
    ])
  })

  it('tells those of a young clock, whose time has not filled it', () => {
    const of = sliding()
    of.add(50, true, false)
    of.add(150, false, true, true)
    expect(of.cells(150)).toEqual([
      [1, 1, 1, 0, 0],
      [0, 1, 0, 1, 1],
    ])
    expect(of.recent(150, 5)).toEqual({ calls: 2, failures: 1, slow: 1, ignored: 1 })
  })

  it('has slid when its newest part is asked for first', () => {
    const of = sliding()
    of.add(0, true, true)
    expect(of.recent(200, 2)).toEqual({ calls: 0, failures: 0, slow: 0, ignored: 0 })
  })

  it('has nothing to tell when it is empty', () => {
    const of = sliding()
    expect(of.cells(0)).toEqual([])
    of.add(0, true, true)
    expect(of.cells(1_000)).toEqual([])
    expect(of.empty(1_000)).toBe(true)
  })

  it('leaves out what was older than it reaches when it is filled', () => {
    const of = sliding()
    fill(of, 5_000, [
      [10, 1, 1, 1, 1],
      [9, 2, 0, 1, 1],
      [0, 1, 1, 0, 0],
    ])
    expect(counted(of, 5_000)).toEqual([3, 1, 1, 1])
    expect(counted(of, 5_100)).toEqual([1, 1, 0, 0])
  })

  it('is filled with what is as old as the clock', () => {
    const of = sliding()
    fill(of, 350, [[3, 4, 2, 1, 1]])
    expect(counted(of, 350)).toEqual([4, 2, 1, 1])
    expect(counted(of, 1_000)).toEqual([0, 0, 0, 0])
  })

  it('takes nothing over from a count window, whose cells have no age', () => {
    const of = sliding()
    of.fill(5_000, [[0, 1, 1, 0, 0]], 0)
    expect(counted(of, 5_000)).toEqual([0, 0, 0, 0])
  })

  it('forgets what it held before it was filled', () => {
    const of = sliding()
    of.add(5_000, true, true, true)
    fill(of, 5_000, [[0, 2, 1, 0, 0]])
    expect(counted(of, 5_000)).toEqual([2, 1, 0, 0])
  })
})

describe('a count window', () => {
  it('holds a hundred calls where nothing is said', () => {
    const of = window({ type: 'count' })
    for (let each = 0; each < 101; each++) of.add(0, each === 0, each === 0, each === 0)
    expect(counted(of, 0)).toEqual([100, 0, 0, 0])
  })

  it('tells each call, the oldest first', () => {
    const of = window({ type: 'count', size: 2 })
    expect(of.cells(0)).toEqual([])
    of.add(0, true, true)
    of.add(0, true, false)
    of.add(0, false, true, true)
    expect(of.cells(0)).toEqual([
      [1, 1, 1, 0, 0],
      [0, 1, 0, 1, 1],
    ])
  })

  it('is empty until something is added, and has no newest part', () => {
    const of = window({ type: 'count', size: 2 })
    expect(of.empty(0)).toBe(true)
    of.add(0, false, false)
    expect(of.empty(1e9)).toBe(false)
    expect(of.recent(0, 1)).toBeUndefined()
  })

  it('takes nothing over from a time window', () => {
    const of = window({ type: 'count' })
    of.fill(0, [[0, 2, 1, 0, 0]], 100)
    expect(counted(of, 0)).toEqual([0, 0, 0, 0])
  })

  it('forgets what it held before it was filled', () => {
    const of = window({ type: 'count', size: 3 })
    for (let each = 0; each < 4; each++) of.add(0, true, true, true)
    fill(of, 0, [
      [1, 1, 1, 0, 0],
      [0, 1, 0, 1, 1],
    ])
    expect(counted(of, 0)).toEqual([2, 1, 1, 1])
    of.add(0, false, false)
    of.add(0, false, false)
    expect(counted(of, 0)).toEqual([3, 0, 1, 1])
  })
})
