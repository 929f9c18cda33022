import { around } from '@holdfast/testing/arbitraries'
import { seededRandom } from '@holdfast/testing'
import type { Distribution } from '@holdfast/faults'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Injection } from '../injection.ts'
import { play, stepMs } from './play.ts'
import { readScenario } from '../reading/read-scenario.ts'
import type { AttemptReport } from '../report.ts'
import type { Load, Scenario, Service } from '../scenario.ts'
import { SimulatedGround } from '../virtual/simulated-ground.ts'

/** How often is counted who is there. */
const everyMs = 2

const serviceMs = fc.constantFrom<Distribution>(
  0,
  20,
  { kind: 'exponential', meanMs: 30 },
  { kind: 'uniform', leastMs: 0, mostMs: 50 },
  { kind: 'lognormal', medianMs: 10, sigma: 1.5 },
)

const service: fc.Arbitrary<Service> = fc.record(
  {
    serviceMs,
    replicas: fc.integer({ min: 1, max: 3 }),
    workers: fc.integer({ min: 1, max: 5 }),
    queue: fc.record(
      {
        order: fc.constantFrom('fifo', 'lifo'),
        size: around(3),
        maximumWaitMs: fc.constantFrom(0, 10, 100),
      },
      { requiredKeys: [] },
    ),
    noticesDeparture: fc.constant(true),
  },
  { requiredKeys: ['serviceMs', 'noticesDeparture'] },
)

const load: fc.Arbitrary<Load> = fc.oneof(
  fc.record({ kind: fc.constant('open'), perSecond: fc.constantFrom(5, 40, 100) }),
  fc.record({ kind: fc.constant('closed'), callers: around(4), thinkMs: serviceMs }).filter(thinks),
)

/** Who never thinks, and is answered in no time, never ends. */
function thinks({ callers, thinkMs }: { callers: number; thinkMs: Distribution }): boolean {
  return callers > 0 && thinkMs !== 0
}

const injection: fc.Arbitrary<Injection> = fc.oneof(
  ...[
    fc.record({ kind: fc.constant('down'), target: fc.constant('server') }),
    fc.record({ kind: fc.constant('slow'), target: fc.constant('server'), factor: fc.constantFrom(0.5, 3) }),
    fc.record({ kind: fc.constant('errors'), target: fc.constant('server'), ratio: fc.constant(0.5) }),
    fc.record({
      kind: fc.constant('capacity'),
      target: fc.constant('server'),
      workers: fc.constantFrom(0, 1, 9),
    }),
  ].map((kind) =>
    fc
      .tuple(kind, fc.constantFrom(0, 500, 1_000), fc.constantFrom(1, 500, 1_000))
      .map(([what, fromMs, lengthMs]) => ({ ...what, fromMs, toMs: fromMs + lengthMs })),
  ),
) as fc.Arbitrary<Injection>

const scenarios: fc.Arbitrary<Scenario> = fc.record({
  name: fc.constant('any'),
  seed: fc.nat(),
  durationMs: fc.constant(2_000),
  services: fc.record({ server: service }),
  clients: fc.record({
    web: fc.record(
      {
        to: fc.constant('server'),
        load,
        patienceMs: fc.constantFrom(20, 200),
        instances: fc.constantFrom(1, 2),
      },
      { requiredKeys: ['to', 'load'] },
    ),
  }),
  injections: fc.array(injection, { maxLength: 3 }),
})

/** Counts who is at the service again and again, until the end and as long as somebody is there; of all attempts how long each took. */
async function watched(
  scenario: Scenario,
): Promise<{ readonly present: number; readonly took: readonly number[] }> {
  const random = seededRandom(scenario.seed ?? 1)
  const ground = new SimulatedGround(scenario, random.fork(), stepMs)
  let present = 0
  const look = async (): Promise<void> => {
    const replicas = Object.values(await ground.replicas())
    const levels = replicas.flatMap(({ series }) => series.slice(-1))
    const now = levels.reduce((sum, { running, waiting }) => sum + running + waiting, 0)
    present += now
    if (now > 0 || ground.clock.now() <= scenario.durationMs) count.set(ground.clock.now() + everyMs)
  }
  const count = ground.clock.alarm(() => void look())
  count.set(everyMs / 2)
  const attempts: AttemptReport[] = []
  await play(scenario, ground, random, { onAttempt: (attempt) => attempts.push(attempt) })
  return { present, took: attempts.map(({ tookMs }) => tookMs) }
}

it('as many are at a service on average as come in a time, by how long each is there (Little’s law)', async () => {
  let came = 0
  await fc.assert(
    fc.asyncProperty(scenarios, async (drawn) => {
      const { present, took } = await watched(readScenario(drawn))
      const stay = took.reduce((sum, each) => sum + each, 0)
      // Of each one's time what is counted is wrong by one count at most.
      expect(Math.abs(present * everyMs - stay)).toBeLessThanOrEqual(took.length * everyMs)
      came += took.length
    }),
    { numRuns: 100 },
  )
  expect(came).toBeGreaterThan(1_000)
})
