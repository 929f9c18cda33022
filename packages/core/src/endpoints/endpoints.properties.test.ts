import { seededRandom, VirtualClock } from '@holdfast/testing'
import { around } from '@holdfast/testing/arbitraries'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bulkhead, endpoints, pipeline, retry, sleep, wheelOf } from '../index.ts'
import type { Balance, Call, Endpoint } from '../index.ts'

const balance = fc.constantFrom<Balance>('peak-ewma', 'least-request', 'round-robin')
const idOf = (call: Call): string => call.endpoint?.id ?? ''

interface Setting {
  readonly groups: readonly (readonly Endpoint[])[]
  readonly limit: number
  readonly maximumEjectedRatio: number
  readonly panicRatio: number
  readonly attempts: number
  readonly balance: Balance
}

const group = fc.array(fc.constantFrom(undefined, 1, 3), { minLength: 1, maxLength: 4 })
const setting: fc.Arbitrary<Setting> = fc.record({
  groups: fc
    .array(group, { minLength: 1, maxLength: 3 })
    .map((all) =>
      all.map((weights, rank) =>
        weights.map((weight, place) => ({ id: `${rank}.${place}`, ...(weight !== undefined && { weight }) })),
      ),
    ),
  limit: fc.constantFrom(1, 2, 5),
  maximumEjectedRatio: fc.constantFrom(0, 0.5, 1),
  panicRatio: fc.constantFrom(0, 0.5, 1),
  attempts: fc.constantFrom(1, 2, 3, 20),
  balance,
})

/** A call that fails at some of the endpoints, or time that passes. */
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ failsAt: fc.uniqueArray(fc.nat(11), { maxLength: 4 }) }) },
  { weight: 1, arbitrary: fc.record({ failsAt: fc.constant(Array.from({ length: 12 }, (_, id) => id)) }) },
  { weight: 2, arbitrary: fc.record({ afterMs: fc.oneof(around(105), around(150), around(420)) }) },
)

const [baseMs, maximumMs, intervalMs] = [100, 400, 150]
/** Nobody is ejected for what an interval was like. */
const rowsAlone = {
  baseMs,
  maximumMs,
  intervalMs,
  failureRatio: false,
  latency: false,
  successRate: false,
} as const
/** What the fixed draw of the jitter adds. */
const longer = 1.05

/** One endpoint as it must be, told only what happened to it. */
class Model {
  state: 'healthy' | 'ejected' = 'healthy'
  streak = 0
  until = 0
  since = 0
  ejections = 0

  failed(now: number, limit: number, mayGo: () => boolean): void {
    if (this.state === 'ejected') {
      // The call was its probe.
      if (this.until <= now) this.#out(this.ejections + 1, now)
      return
    }
    if (++this.streak < limit || !mayGo()) return
    const forgiven = Math.floor((now - this.since) / intervalMs)
    this.#out(Math.max(0, this.ejections - forgiven) + 1, now)
  }

  succeeded(now: number): void {
    this.streak = 0
    if (this.state === 'healthy' || this.until > now) return
    this.state = 'healthy'
    this.since = now
  }

  #out(ejections: number, now: number): void {
    this.state = 'ejected'
    this.streak = 0
    this.ejections = ejections
    this.until = now + Math.min(maximumMs, baseMs * 2 ** (ejections - 1)) * longer
  }
}

/** Whether it is in the group in use or before it, or that is not well enough to do without those after it, or only kept. */
function isNeeded(
  id: string,
  groups: readonly (readonly { readonly id: string }[])[],
  healthy: readonly string[],
  isKept: (id: string) => boolean,
): boolean {
  if (healthy.some(isKept)) return true
  const counts = groups.map((group) => group.filter((each) => healthy.includes(each.id)).length)
  const inUse = counts.findIndex((count) => count > 0)
  const total = groups[inUse]?.length ?? Infinity
  const rank = groups.findIndex((group) => group.some((each) => each.id === id))
  return rank <= inUse || Math.floor((140 * (counts[inUse] ?? 0)) / total) < 100
}

test('an endpoint is out exactly when a recount of its failures says so, for longer each time; no more are out than may be; a call goes to none that is out but to probe it', async () => {
  await fc.assert(
    fc.asyncProperty(setting, fc.array(step, { maxLength: 60 }), async (given, steps) => {
      const clock = new VirtualClock()
      const { groups, limit, maximumEjectedRatio, panicRatio, attempts } = given
      const [primary = [], ...standby] = groups
      const choice = endpoints({
        primary,
        standby,
        balance: given.balance,
        ejection: { ...rowsAlone, consecutiveFailures: limit, maximumEjectedRatio },
        panicRatio,
        dwellMs: 0,
        slowStartMs: 0,
      })
      const again = retry({ attempts, backoff: { baseMs: 0 }, budget: false })
      const service = pipeline('service', [again, choice], { clock, random: () => 0.5 })
      const ids = groups.flat().map(({ id }) => id)
      const models = new Map(ids.map((id) => [id, new Model()]))
      const cap = Math.min(ids.length - 1, Math.max(1, Math.floor(maximumEjectedRatio * ids.length)))
      const out = (): number => [...models.values()].filter(({ state }) => state === 'ejected').length
      for (const each of steps) {
        if ('afterMs' in each) {
          await clock.advance(each.afterMs)
          continue
        }
        const failing = new Set(each.failsAt.map((place) => ids[place % ids.length]))
        const tried: string[] = []
        const wrong: string[] = []
        await service.executeOutcome((call) => {
          const id = idOf(call)
          const model = models.get(id) as Model
          const now = clock.now()
          const healthy = ids.filter((other) => models.get(other)?.state === 'healthy')
          const isKept = (other: string): boolean => (models.get(other)?.streak ?? 0) >= limit
          const untried = healthy.filter((other) => !tried.includes(other))
          const mayProbe = tried.length === 0 ? isNeeded(id, groups, healthy, isKept) : untried.length === 0
          const isProbe = model.state === 'ejected' && model.until <= now && mayProbe
          const isUsable = healthy.includes(id) || isProbe || choice.statistics().panic
          if (!isUsable) wrong.push(`${id} is used while it is out`)
          if (tried.includes(id) && untried.length > 0) wrong.push(`${id} again, and not ${untried.join()}`)
          tried.push(id)
          if (!failing.has(id)) {
            model.succeeded(now)
            return
          }
          model.failed(now, limit, () => out() < cap)
          throw new Error(id)
        })
        expect(wrong).toEqual([])
        const told = choice.statistics().endpoints
        for (const { id, state, inFlight } of told) {
          expect([id, state, inFlight]).toEqual([id, models.get(id)?.state, 0])
        }
        for (const { id, state, ejections, remainingMs } of told) {
          const model = models.get(id) as Model
          if (state !== 'ejected') continue
          expect(ejections).toBe(model.ejections)
          expect(remainingMs).toBeCloseTo(Math.max(0, model.until - clock.now()))
        }
        expect(out()).toBeLessThanOrEqual(cap)
      }
    }),
    { numRuns: 300 },
  )
})

interface Started {
  readonly durationMs: number
  readonly fails: boolean
  readonly abortedAfterMs: number | undefined
}

/** What happens while calls run: more of them, time, endpoints that come and go. */
const happening = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      durationMs: around(50),
      fails: fc.boolean(),
      abortedAfterMs: fc.option(around(20), { nil: undefined, freq: 4 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ afterMs: fc.oneof(around(50), around(105)) }) },
  { weight: 1, arbitrary: fc.record({ adds: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ removes: fc.nat(5) }) },
)

test('whatever calls do and whichever endpoints come and go, as many are in flight as run, none in the end, and no call goes to an endpoint that has gone', async () => {
  await fc.assert(
    fc.asyncProperty(
      balance,
      fc.array(happening, { maxLength: 60 }),
      fc.integer(),
      async (how, events, seed) => {
        const clock = new VirtualClock()
        const choice = endpoints({
          primary: [{ id: '0' }, { id: '1' }],
          standby: [{ id: '2' }],
          balance: how,
          ejection: { consecutiveFailures: 2, baseMs: 100, probeLeaseMs: 50 },
          slowStartMs: 100,
          dwellMs: 100,
        })
        const parts = [
          retry({ attempts: 2, backoff: { baseMs: 0 }, budget: false }),
          choice,
          bulkhead({ limit: 2 }),
        ]
        const service = pipeline('service', parts, { clock, random: seededRandom(seed) })
        const known = new Set(['0', '1', '2'])
        const running = new Map<string, number>()
        const wrong: string[] = []
        const count = (id: string, more: number): void => void running.set(id, (running.get(id) ?? 0) + more)
        const operation =
          ({ durationMs, fails }: Started) =>
          async (call: Call): Promise<void> => {
            const id = idOf(call)
            if (!known.has(id)) wrong.push(`${id} has gone`)
            count(id, 1)
            try {
              await sleep(call, durationMs)
              if (fails) throw new Error('failed as planned')
            } finally {
              count(id, -1)
            }
          }
        const compare = async (): Promise<void> => {
          await clock.settle()
          for (const { id, inFlight } of choice.statistics().endpoints) {
            if (known.has(id)) expect([id, inFlight]).toEqual([id, running.get(id) ?? 0])
          }
        }
        for (const event of events) {
          if ('afterMs' in event) await clock.advance(event.afterMs)
          else if ('adds' in event) {
            // An endpoint that has calls from before it went begins anew: it is counted from then on.
            if (!known.has(String(event.adds)) && !running.has(String(event.adds))) {
              choice.add({ id: String(event.adds) }, event.adds % 2)
              known.add(String(event.adds))
            }
          } else if ('removes' in event) {
            if (known.delete(String(event.removes))) choice.remove(String(event.removes))
          } else {
            const caller = new AbortController()
            void service.executeOutcome(operation(event), { signal: caller.signal })
            if (event.abortedAfterMs !== undefined) {
              clock.alarm(() => caller.abort('left')).set(clock.now() + event.abortedAfterMs)
            }
          }
          await compare()
        }
        await clock.advance(10_000)
        expect(wrong).toEqual([])
        expect([...running.values()].every((left) => left === 0)).toBe(true)
        for (const { inFlight } of choice.statistics().endpoints) expect(inFlight).toBe(0)
        expect(wheelOf(clock).size + clock.pending).toBe(0)
      },
    ),
    { numRuns: 150 },
  )
})
