import { setTimeout as delay } from 'node:timers/promises'
import type { CircuitBreakerOptions } from '@holdfast/core'
import { redisServer } from '../servers/index.ts'
import { allClosed, cycle } from './cycle.ts'
import type { Cycle } from './cycle.ts'
import { Fleet } from './fleet.ts'
import { violations } from './laws.ts'
import type { Traffic } from './message.ts'
import { figureHead, figureLine, quantile } from './report.ts'
import type { Scenario, ScenarioOptions } from './scenario.ts'
import { rules } from './setting.ts'

interface Measurement {
  readonly circuit: CircuitBreakerOptions
  readonly traffic: Traffic
  readonly repetitions: number
  /** How long all is well before each outage. */
  readonly healthyMs: number
}

const processes = 5
const instancesEach = 10

/** A circuit that opens and closes soon, so that many repetitions take little time. */
const brisk: CircuitBreakerOptions = {
  openMs: 500,
  maximumOpenMs: 1_000,
  rampMs: 200,
  window: { type: 'time', durationMs: 2_000 },
}

/** How long fifty instances take to learn what one flush has decided. */
export const propagation: Scenario = {
  name: 'propagation',
  async play({ quick }) {
    const { cycles, lateMs, broken } = await measure({
      circuit: brisk,
      traffic: { callers: 2, workMs: 5, restMs: 60, longRatio: 0, longMs: 0 },
      repetitions: quick ? 10 : 100,
      healthyMs: 700,
    })
    const all = cycles.map(({ propagatedMs }) => propagatedMs)
    return {
      table: [
        figureHead,
        figureLine('flush that trips -> all 50 open', all, 'target p99 150'),
        figureLine(
          'flush that trips -> each of 50 open',
          cycles.flatMap(({ eachMs }) => eachMs),
        ),
        ...lateness(lateMs, all),
      ],
      violations: broken,
      missed: missedIf(quantile(all, 0.99) > 150, 'propagation: p99 is above 150 ms'),
    }
  },
}

/** How many probes reach a dependency that fifty instances with twenty callers each find well again. */
export const recoveries: Scenario = {
  name: 'recoveries',
  async play({ quick }) {
    const { cycles, lateMs, broken } = await measure({
      circuit: brisk,
      traffic: { callers: 20, workMs: 10, restMs: 200, longRatio: 0, longMs: 0 },
      repetitions: quick ? 10 : 80,
      healthyMs: 500,
    })
    const probes = cycles.map((each) => each.probes)
    const most = Math.max(...probes)
    return {
      table: [
        figureHead,
        figureLine(
          'half-open -> all 50 closed',
          cycles.map(({ closedMs }) => closedMs),
        ),
        `probes of the closing round: median ${quantile(probes, 0.5)}, most ${most}, in ${probes.length} recoveries; target at most 3, median 3`,
        ...lateness(lateMs),
      ],
      violations: [...broken, ...missedIf(most > 3, `a recovery had ${most} probes`)],
      missed: missedIf(
        quantile(probes, 0.5) !== 3,
        `recoveries: the median is ${quantile(probes, 0.5)} probes`,
      ),
    }
  },
}

/** How long a total outage goes unseen by circuits with default options that have seen a minute of health. */
export const detection: Scenario = {
  name: 'detection',
  async play({ quick, repetitions }: ScenarioOptions) {
    const { cycles, lateMs, broken } = await measure({
      circuit: {},
      traffic: { callers: 3, workMs: 5, restMs: 55, longRatio: 0, longMs: 0 },
      repetitions: quick ? 1 : repetitions,
      // A window is ten seconds long.
      healthyMs: quick ? 16_000 : 60_000,
    })
    const all = cycles.map(({ detectedMs }) => detectedMs)
    return {
      table: [
        figureHead,
        figureLine('total outage -> all 50 open', all, 'target p99 2400'),
        ...lateness(lateMs, all),
      ],
      violations: broken,
      missed: missedIf(quantile(all, 0.99) > 2_400, 'detection: p99 is above 2 400 ms'),
    }
  },
}

async function measure({ circuit, traffic, repetitions, healthyMs }: Measurement): Promise<{
  readonly cycles: readonly Cycle[]
  readonly lateMs: readonly number[]
  readonly broken: readonly string[]
}> {
  await using server = await redisServer()
  await using fleet = await Fleet.start({
    processes,
    instances: instancesEach,
    store: () => ({ url: server.url }),
    circuit,
    traffic,
  })
  const cycles: Cycle[] = []
  const lateMs: number[] = []
  const broken: string[] = []
  await allClosed(fleet, 20_000)
  for (let repetition = 0; repetition < repetitions; repetition++) {
    await delay(healthyMs)
    fleet.takeCounts()
    const played = await cycle(fleet)
    lateMs.push(fleet.takeCounts().lateMs)
    broken.push(...violations(played.entries, rules))
    cycles.push(played)
  }
  return { cycles, lateMs, broken }
}

/** A process that is not given the processor learns nothing: what was measured where each was, without the others. */
const onTimeMs = 30

function lateness(lateMs: readonly number[], figures: readonly number[] = []): readonly string[] {
  const onTime = figures.filter((_, index) => (lateMs[index] ?? Infinity) <= onTimeMs)
  const alone = figureLine(`the same where no timer was later than ${onTimeMs} ms`, onTime)
  return [...(onTime.length === 0 ? [] : [alone]), figureLine('latest timer', lateMs)]
}

function missedIf(isMissed: boolean, text: string): readonly string[] {
  return isMissed ? [text] : []
}
