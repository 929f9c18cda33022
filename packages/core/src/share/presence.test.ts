import { describe, expect, it } from 'vitest'
import { Presence } from './presence.ts'

const beat = (presence: Presence, instances: number, now: number): void =>
  presence.heard(presence.heartbeat([], now), { type: 'heartbeat', instances, objects: 0, full: false }, now)

describe('the size of a fleet', () => {
  it('is what was expected until it is heard', () => {
    const presence = new Presence('one', 15_000, 20)
    expect(presence.fleetSize).toBe(20)
    beat(presence, 3, 0)
    expect(presence.fleetSize).toBe(3)
  })

  it('does not shrink because a server has lost its memory and counts from one again', () => {
    const presence = new Presence('one', 15_000, 1)
    beat(presence, 20, 0)
    beat(presence, 1, 5_000)
    beat(presence, 18, 10_000)
    expect(presence.fleetSize).toBe(20)
  })

  it('shrinks when nobody has counted so many for as long as an instance may be silent', () => {
    const presence = new Presence('one', 15_000, 1)
    beat(presence, 20, 0)
    beat(presence, 5, 5_000)
    expect(presence.fleetSize).toBe(20)
    beat(presence, 4, 15_000)
    expect(presence.fleetSize).toBe(4)
  })

  it('is never less than the instance itself', () => {
    const presence = new Presence('one', 15_000, 1)
    beat(presence, 0, 0)
    expect(presence.fleetSize).toBe(1)
  })
})

describe('a heartbeat', () => {
  it('names all objects again to a server that knows fewer than it was told', () => {
    const presence = new Presence('one', 15_000, 1)
    const names = ['b:a', 'b:b']
    const hears = (objects: number, full = false): readonly string[] => {
      const heartbeat = presence.heartbeat(names, 0)
      presence.heard(heartbeat, { type: 'heartbeat', instances: 1, objects, full }, 0)
      return heartbeat.objects
    }
    expect([hears(2), hears(2), hears(0), hears(2), hears(1, true), hears(2)]).toEqual([
      names,
      [],
      [],
      names,
      [],
      [],
    ])
  })

  it('names each object once a day, and again if it was not heard', () => {
    const presence = new Presence('one', 15_000, 1)
    const first = presence.heartbeat(['b:a'], 0)
    presence.heard(first, { type: 'failure', reason: 'timeout', message: '' }, 0)
    expect(presence.heartbeat(['b:a'], 5_000).objects).toEqual(['b:a'])
    presence.heard(first, { type: 'heartbeat', instances: 1, objects: 1, full: false }, 5_000)
    expect(presence.heartbeat(['b:a', 'b:b'], 10_000).objects).toEqual(['b:b'])
    expect(presence.heartbeat(['b:a'], 90_000_000).objects).toEqual(['b:a'])
  })
})
