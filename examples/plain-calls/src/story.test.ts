import { seededRandom, VirtualClock } from '@holdfast/testing'
import { expect, it } from 'vitest'
import { Inventory } from './inventory.ts'
import { chapter, healths } from './story.ts'
import type { Chapter } from './story.ts'
import { Warehouse } from './warehouse.ts'

async function story(): Promise<readonly Chapter[]> {
  const clock = new VirtualClock()
  const warehouse = new Warehouse()
  const inventory = new Inventory(warehouse, { clock, random: seededRandom(1) })
  const chapters: Chapter[] = []
  for (const health of healths) {
    chapters.push(await chapter(health, inventory, warehouse, (ms) => clock.advance(ms)))
  }
  return chapters
}

it('answers every call, and spares what is ill', async () => {
  const [healthy, nowAndThen, hangs, down, again] = (await story()) as [
    Chapter,
    Chapter,
    Chapter,
    Chapter,
    Chapter,
  ]
  expect(healthy).toMatchObject({ known: 40, asked: 40, slowestMs: 5, state: 'closed' })
  expect([...healthy.events]).toEqual([])
  expect(nowAndThen).toMatchObject({ known: 40, unknown: 0, state: 'closed' })
  expect(nowAndThen.asked).toBe(40 + (nowAndThen.events.get('retry.scheduled') ?? 0))
  expect(hangs).toMatchObject({ known: 0, unknown: 40 })
  expect(hangs.events.get('circuit.open')).toBeGreaterThan(0)
  expect(hangs.slowestMs).toBeLessThan(500)
  expect(hangs.asked).toBeLessThan(40)
  expect(down.unknown).toBe(40)
  expect(down.asked).toBeLessThan(8)
  expect(again.events.get('circuit.closed')).toBe(1)
  expect(again.known).toBeGreaterThan(30)
  expect(again.state).toBe('closed')
})
