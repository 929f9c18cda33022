import { seededRandom, VirtualClock } from '@holdfast/testing'
import { describe, expect, it } from 'vitest'
import { endpoints, isError, pipeline, retry, sleep, timeout } from '../index.ts'
import type { Balance, Call, Endpoint, EndpointsOptions, Part } from '../index.ts'

const named = (count: number): readonly Endpoint[] =>
  Array.from({ length: count }, (_, place) => ({ id: String(place) }))

interface Experiment {
  readonly parts: (options: EndpointsOptions) => readonly Part[]
  readonly options: EndpointsOptions
  /** So many calls begin together, so often. */
  readonly calls: number
  readonly everyMs: number
  readonly durationMs: number
  readonly operation: (call: Call, at: number) => Promise<unknown>
}

/** When each call began and whether it failed. */
async function play(
  experiment: Experiment,
  seed: number,
): Promise<readonly { at: number; failed: boolean }[]> {
  const clock = new VirtualClock()
  const service = pipeline('service', experiment.parts(experiment.options), {
    clock,
    random: seededRandom(seed),
  })
  const told: { at: number; failed: boolean }[] = []
  const call = (): void => {
    const at = clock.now()
    void service
      .executeOutcome((given) => experiment.operation(given, clock.now()))
      .then((outcome) => told.push({ at, failed: isError(outcome) }))
  }
  const { calls, everyMs, durationMs } = experiment
  for (let now = 0; now < durationMs; now += everyMs) {
    for (let each = 0; each < calls; each++) call()
    await clock.advance(everyMs)
  }
  await clock.advance(10_000)
  return told
}

/** Chance of the normal distribution (Box and Muller). */
function normal(random: () => number, mean: number, deviation: number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random()))
  return mean + deviation * radius * Math.cos(2 * Math.PI * random())
}

/**
 * Buoyant, "Beyond round robin: load balancing for latency" (2016): 11 servers of 167 ms, 1 000 calls a second, a time limit
 * of a second; one server takes two seconds from 15 s on, for 30 s. Here to the nearest five milliseconds.
 */
describe('Buoyant’s experiment', { timeout: 60_000 }, () => {
  const seed = 1
  const published: readonly (readonly [Balance, number, number])[] = [
    ['round-robin', 0.945, 0.965],
    ['least-request', 0.985, 0.998],
    ['peak-ewma', 0.999, 1],
  ]

  it.each(published)(
    `with %s answers from %d to %d of all calls (seed ${seed})`,
    async (balance, least, most) => {
      const latency = seededRandom(seed)
      const told = await play(
        {
          parts: (options) => [endpoints(options), timeout({ durationMs: 1_000 })],
          options: { primary: named(11), balance, ejection: false },
          calls: 5,
          everyMs: 5,
          durationMs: 60_000,
          operation: (call, at) => {
            const isSlow = call.endpoint?.id === '0' && at >= 15_000 && at < 45_000
            return sleep(call, isSlow ? 2_000 : 5 * Math.round(normal(latency, 167, 5) / 5))
          },
        },
        seed,
      )
      const succeeded = told.filter(({ failed }) => !failed).length / told.length
      expect(told).toHaveLength(60_000)
      expect(succeeded).toBeGreaterThanOrEqual(least)
      expect(succeeded).toBeLessThanOrEqual(most)
    },
  )
})

describe('a primary that dies', { timeout: 60_000 }, () => {
  const [diesAt, revivesAt, latencyMs] = [2_000, 12_000, 20]
  const outage: Omit<Experiment, 'options'> = {
    parts: (options) => [endpoints(options), timeout({ durationMs: 250 })],
    calls: 1,
    everyMs: 10,
    durationMs: 60_000,
    operation: async (call, at) => {
      await sleep(call, latencyMs)
      const isDead = call.endpoint?.id === '0' && at >= diesAt && at < revivesAt
      if (isDead) throw new Error('down')
    },
  }
  const [primary, ...standby] = named(3)
  const options = { primary: [primary as Endpoint], standby }

  /** From the first to the last failure that is not the probe of a single call. */
  const errorTimeMs = (told: readonly { at: number; failed: boolean }[]): number => {
    const times = told.filter(({ failed }) => failed).map(({ at }) => at)
    const first = Math.min(...times)
    return Math.max(...times.filter((at) => at < first + 5_000)) - first
  }

  it.each([
    ['fails', outage],
    [
      'hangs',
      {
        ...outage,
        operation: (call: Call, at: number): Promise<unknown> =>
          sleep(call, call.endpoint?.id === '0' && at >= diesAt && at < revivesAt ? 60_000 : latencyMs),
      },
    ],
  ])('so that it %s costs the callers less than a second of errors', async (_how, experiment) => {
    const told = await play({ ...experiment, options }, 1)
    expect(errorTimeMs(told)).toBeLessThan(1_000)
    const failures = told.filter(({ failed }) => failed).length
    expect(failures).toBeGreaterThan(0)
    expect(failures).toBeLessThan(60)
  })

  it('costs nobody anything with a retry outside', async () => {
    const again = retry({ attempts: 2, backoff: { baseMs: 0 }, budget: false })
    const parts = (given: EndpointsOptions) => [again, ...outage.parts(given)]
    const told = await play({ ...outage, parts, options }, 1)
    expect(told.filter(({ failed }) => failed)).toEqual([])
  })

  it('takes over again little by little when it is back, with no second dip', async () => {
    const clock = new VirtualClock()
    const choice = endpoints({ ...options, dwellMs: 5_000, slowStartMs: 10_000 })
    const service = pipeline('service', [choice], { clock, random: seededRandom(2) })
    // Cold, it can take no more than a fifth of the calls at first, and a fifth more every two seconds.
    let wentBackAt = Infinity
    let recent: number[] = []
    const operation = async (call: Call): Promise<void> => {
      const now = clock.now()
      if (call.endpoint?.id !== '0') return
      if (now >= diesAt && now < revivesAt) throw new Error('down')
      if (now < revivesAt) return
      recent = [...recent.filter((at) => now - at < 1_000), now]
      if (recent.length > 1) wentBackAt = Math.min(wentBackAt, now)
      const capacity = 100 * Math.min(1, 0.3 + (now - wentBackAt) / 7_000)
      if (wentBackAt < Infinity && recent.length > capacity) throw new Error('crushed')
    }
    const failed: number[] = []
    for (let now = 0; now < 60_000; now += 10) {
      await clock.advanceTo(now)
      if (isError(await service.executeOutcome(operation))) failed.push(now)
    }
    expect(failed.filter((at) => at >= revivesAt)).toEqual([])
    expect(choice.statistics()).toMatchObject({ group: 0, endpoints: [{ state: 'healthy' }, {}, {}] })
    expect(recent.length).toBe(100)
  })
})
