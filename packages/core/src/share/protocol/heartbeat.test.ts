import { describe, expect, test } from 'vitest'
import { emptyRegistry, heartbeat, maximumObjects, objectKeepMs, registry } from './heartbeat.ts'
import type { HeartbeatReply, HeartbeatRequest, RegistryRecord, RegistryReply } from './heartbeat.ts'

class Fleet {
  record: RegistryRecord = emptyRegistry
  now = 1_700_000_000_000

  beat(
    instance: string,
    objects: readonly string[] = [],
    given: Partial<HeartbeatRequest> = {},
  ): HeartbeatReply {
    const request = {
      type: 'heartbeat',
      instance,
      objects,
      leaving: false,
      aliveMs: 5_000,
      ...given,
    } as const
    const { record, reply } = heartbeat(this.record, request, this.now)
    this.record = record
    return reply
  }

  list(): RegistryReply {
    return registry(this.record, { type: 'registry', aliveMs: 5_000 }, this.now)
  }
}

describe('heartbeats', () => {
  test('say how many instances there are', () => {
    const fleet = new Fleet()
    expect(fleet.beat('a')).toMatchObject({ instances: 1, objects: 0, full: false })
    expect(fleet.beat('b')).toMatchObject({ instances: 2 })
    expect(fleet.beat('a')).toMatchObject({ instances: 2 })
  })

  test('who is silent for long enough is there no more', () => {
    const fleet = new Fleet()
    fleet.beat('a')
    fleet.now += 4_999
    expect(fleet.beat('b')).toMatchObject({ instances: 2 })
    fleet.now += 1
    expect(fleet.list()).toMatchObject({ instances: 1 })
    expect(fleet.beat('b')).toMatchObject({ instances: 1 })
  })

  test('who leaves is gone at once', () => {
    const fleet = new Fleet()
    fleet.beat('a')
    fleet.beat('b')
    expect(fleet.beat('a', [], { leaving: true })).toMatchObject({ instances: 1 })
    expect(fleet.beat('b', [], { leaving: true })).toMatchObject({ instances: 0 })
  })

  test('after the clock has stepped back, the dead are gone as soon as otherwise', () => {
    const fleet = new Fleet()
    fleet.beat('a')
    fleet.now -= 3_600_000
    expect(fleet.beat('b')).toMatchObject({ instances: 2 })
    fleet.now += 5_000
    expect(fleet.beat('b')).toMatchObject({ instances: 1 })
  })

  test('name what is shared, for seven days', () => {
    const fleet = new Fleet()
    fleet.beat('a', ['b:stock/circuit-breaker', 'b:inventory/circuit-breaker'])
    expect(fleet.list().objects).toEqual(['b:inventory/circuit-breaker', 'b:stock/circuit-breaker'])
    fleet.now += 1_000
    expect(fleet.beat('b', ['b:stock/circuit-breaker'])).toMatchObject({ objects: 2 })
    fleet.now += objectKeepMs - 1_000
    expect(fleet.list().objects).toEqual(['b:stock/circuit-breaker'])
    expect(fleet.beat('a')).toMatchObject({ objects: 1 })
  })

  test('a name that a wrong clock wrote is forgotten', () => {
    const fleet = new Fleet()
    fleet.beat('a', ['b:stock'])
    fleet.now -= objectKeepMs
    expect(fleet.beat('a')).toMatchObject({ objects: 0 })
  })

  test('so many names are kept and no more, which the reply says', () => {
    const fleet = new Fleet()
    const names = Array.from({ length: maximumObjects - 1 }, (_, index) => `b:${index}`)
    fleet.beat('a', names)
    expect(fleet.beat('a', ['b:last', 'b:0'])).toMatchObject({ objects: maximumObjects, full: false })
    expect(fleet.beat('a', ['b:more', 'b:1'])).toMatchObject({ objects: maximumObjects, full: true })
    expect(fleet.list().objects).not.toContain('b:more')
    fleet.now += 1
    expect(fleet.beat('a', names)).toMatchObject({ full: false })
  })
})
