import { controlledOperation, seededRandom, VirtualClock } from '@holdfast/testing'
import type { ControlledOperation } from '@holdfast/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { pipeline } from '../pipeline.ts'
import type { Pipeline } from '../pipeline.ts'
import { memoryServer } from '../share/memory-server.ts'
import type { MemoryServer } from '../share/memory-server.ts'
import { share } from '../share/member.ts'
import { Link, ProcessClock } from '../share/process.arbitrary.ts'
import type { Share } from '../share/share.ts'
import { bulkhead, BulkheadFullError } from './bulkhead.ts'
import type { Bulkhead, SharedBulkheadOptions } from './bulkhead.ts'

class Instance {
  readonly share: Share
  readonly clock: ProcessClock
  readonly link: Link
  readonly guard: Bulkhead
  readonly pipeline: Pipeline
  readonly operation: ControlledOperation<string> = controlledOperation<string>()
  readonly errors: string[] = []

  constructor(
    server: MemoryServer,
    clock: VirtualClock,
    seed: number,
    limit: number,
    shared: SharedBulkheadOptions,
  ) {
    const random = seededRandom(seed)
    this.clock = new ProcessClock(clock)
    this.link = new Link(server, this.clock, 4)
    this.share = share(this.link, { clock: this.clock, random })
    this.guard = bulkhead({ limit, shared: { mode: 'strict', ...shared } })
    this.pipeline = pipeline('stock', [this.guard], { clock: this.clock, random, share: this.share })
  }

  call(times = 1, signal?: AbortSignal): void {
    for (let each = 0; each < times; each++) {
      this.pipeline
        .execute(this.operation.run, { signal })
        .catch((error: unknown) =>
          this.errors.push(error instanceof BulkheadFullError ? error.message : 'cut'),
        )
    }
  }

  end(times: number): void {
    for (const run of this.operation.runs.filter(({ ended }) => !ended).slice(0, times)) run.resolve('')
  }

  get running(): number {
    return this.operation.running
  }
}

describe('a bulkhead that asks for each call', () => {
  const clock = new VirtualClock()
  let fleet: Instance[] = []

  function fleetOf(count: number, limit: number, shared: SharedBulkheadOptions = {}): Instance[] {
    const server = memoryServer(clock)
    fleet = Array.from({ length: count }, (_, index) => new Instance(server, clock, index + 1, limit, shared))
    return fleet
  }

  const running = (): number => fleet.reduce((sum, each) => sum + each.running, 0)

  afterEach(async () => {
    for (const instance of fleet) instance.clock.resume()
    await clock.advance(1_000)
    for (const instance of fleet) instance.end(1_000)
    await clock.advance(1_000)
    const stopped = Promise.all(fleet.map(({ share: each }) => each.stop()))
    await clock.advance(1_000)
    await stopped
    expect(clock.pending).toBe(0)
    expect(fleet.map(({ guard }) => guard.statistics().running)).toEqual(fleet.map(() => 0))
  })

  it('uses the limit to the last permit, whoever asks, and no more', async () => {
    const [one, other] = fleetOf(2, 5)
    await clock.advance(100)
    one?.call(3)
    other?.call(4)
    expect(running()).toBe(0)
    await clock.advance(10)
    expect(running()).toBe(5)
    expect(other?.errors).toEqual([
      'bulkhead: all permits are taken (full)',
      'bulkhead: all permits are taken (full)',
    ])
    one?.end(2)
    await clock.advance(10)
    other?.call(3)
    await clock.advance(10)
    expect(running()).toBe(5)
  })

  it('keeps the permits of calls that run for long, and none of those that have ended', async () => {
    const [one, other] = fleetOf(2, 2)
    await clock.advance(100)
    one?.call(2)
    await clock.advance(20_000)
    other?.call(1)
    await clock.advance(10)
    expect(other?.running).toBe(0)
    one?.end(2)
    await clock.advance(10)
    other?.call(2)
    await clock.advance(10)
    expect(other?.running).toBe(2)
    const said = one?.link.sentOf('permit').length
    await clock.advance(5_000)
    expect(one?.link.sentOf('permit').length).toBe(said)
  })

  it('gives back what may have been granted when that is not known in the end', async () => {
    const [one, other] = fleetOf(2, 1, { deadlineMs: 1_000, onStoreError: 'closed' })
    await clock.advance(2_000)
    if (one !== undefined) one.link.fate = 'reply lost'
    one?.call(1)
    await clock.advance(100)
    one?.link.heal()
    await clock.advance(200)
    expect(one?.errors).toEqual(['bulkhead: the store does not answer'])
    other?.call(1)
    await clock.advance(10)
    expect(other?.running).toBe(1)
  })

  it('L6 lets others have what a dead instance held, after one lease', async () => {
    const [dead, one] = fleetOf(2, 2)
    await clock.advance(100)
    dead?.call(2)
    await clock.advance(10)
    dead?.clock.stop()
    await clock.advance(2_000)
    one?.call(1)
    await clock.advance(10)
    expect(one?.running).toBe(0)
    await clock.advance(1_100)
    one?.call(1)
    await clock.advance(10)
    expect(one?.running).toBe(1)
  })

  it.each([
    { onStoreError: 'open' as const, runs: 5 },
    { onStoreError: 'local' as const, runs: 2 },
    { onStoreError: 'closed' as const, runs: 0 },
  ])('does as it is told when nobody answers in time: $onStoreError', async ({ onStoreError, runs }) => {
    const [one] = fleetOf(2, 4, { onStoreError, deadlineMs: 30 })
    await clock.advance(2_000)
    if (one !== undefined) one.link.fate = 'reply lost'
    one?.call(5)
    await clock.advance(29)
    expect(one?.running).toBe(0)
    await clock.advance(2)
    expect(one?.running).toBe(runs)
    expect(one?.errors.length).toBe(5 - runs)
    one?.link.heal()
    await clock.advance(1_000)
    // What may have been granted is given back.
    expect(one?.link.sentOf('permit').filter(({ action }) => action === 'release').length).toBe(5)
  })

  it('does so at once while the store cannot be reached', async () => {
    const [one] = fleetOf(2, 4)
    await clock.advance(2_000)
    one?.link.cut()
    one?.call(5)
    expect(one?.running).toBe(2)
  })

  it('gives back a permit that comes when nobody waits for it any more', async () => {
    const [one, other] = fleetOf(2, 1)
    await clock.advance(100)
    const leaves = new AbortController()
    one?.call(1, leaves.signal)
    await clock.advance(1)
    leaves.abort()
    await clock.advance(10)
    expect(one?.errors).toEqual(['cut'])
    other?.call(1)
    await clock.advance(10)
    expect(other?.running).toBe(1)
  })

  it('asks nobody in shadow', async () => {
    const [one] = fleetOf(1, 1)
    one?.pipeline.update('bulkhead', { mode: 'shadow' })
    one?.call(3)
    expect(one?.running).toBe(3)
    await clock.advance(100)
    expect(one?.link.sentOf('permit')).toEqual([])
  })

  it('refuses what makes no sense with it', () => {
    expect(() => bulkhead({ shared: { mode: 'strict' }, queue: { size: 1 } })).toThrow(/leave queue out/)
    expect(() => bulkhead({ shared: { mode: 'strict', drainMs: 1 } })).toThrow(/drainMs/)
    expect(() => bulkhead({ shared: { deadlineMs: 1 } })).toThrow(/deadlineMs/)
    expect(() => bulkhead({ shared: { onStoreError: 'open' } })).toThrow(/onStoreError/)
  })

  it('keeps a permit for as long as its call runs, whatever it is told meanwhile', async () => {
    const [one, other] = fleetOf(2, 1)
    await clock.advance(100)
    one?.call()
    await clock.advance(100)
    one?.pipeline.update('bulkhead', { shared: false })
    await clock.advance(6_000)
    other?.call()
    await clock.advance(100)
    expect([one?.running, other?.running]).toEqual([1, 0])
    one?.end(1)
    await clock.advance(100)
    other?.call()
    await clock.advance(100)
    expect(other?.running).toBe(1)
    const asked = one?.link.sentOf('permit').length
    await clock.advance(6_000)
    expect(one?.link.sentOf('permit')).toHaveLength(asked ?? 0)
  })
})
