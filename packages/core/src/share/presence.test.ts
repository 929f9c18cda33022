import { expect, it } from 'vitest'
import { Presence } from './presence.ts'

/** An instance that takes others to be gone after 15 s, and that hears at each moment of so many instances. */
function heard(...answers: readonly (readonly [now: number, instances: number])[]): number {
  const presence = new Presence('a'.repeat(32), 15_000)
  for (const [now, instances] of answers) {
    presence.heard(
      presence.heartbeat([], now),
      { type: 'heartbeat', instances, objects: 0, full: false },
      now,
    )
  }
  return presence.fleetSize
}

it('a server that has lost its memory and counts anew makes no fleet smaller', () => {
  expect(heard([0, 20], [5_000, 1])).toBe(20)
  expect(heard([0, 20], [5_000, 1], [10_000, 19], [14_999, 20])).toBe(20)
})

it('a fleet that grows is larger at once, one that shrinks when those who left would be taken for gone', () => {
  expect(heard([0, 1], [1_000, 3])).toBe(3)
  expect(heard([0, 20], [5_000, 20], [10_000, 8])).toBe(20)
  expect(heard([0, 20], [5_000, 20], [10_000, 8], [20_000, 8])).toBe(8)
})
