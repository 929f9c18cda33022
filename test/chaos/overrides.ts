import { setTimeout as delay } from 'node:timers/promises'
import { redisStore } from '@holdfast/redis'
import type { Store } from '@holdfast/core'
import { seededRandom } from '@holdfast/testing'
import { eventually } from '../servers/index.ts'
import { allClosed } from './cycle.ts'
import { entriesOf, now } from './entry.ts'
import { faultsNamed, healAll, sufferSome } from './faults.ts'
import type { Stage } from './faults.ts'
import { Fleet } from './fleet.ts'
import { figureHead, figureLine } from './report.ts'
import type { Scenario } from './scenario.ts'
import { boundsMs, circuit, traffic } from './setting.ts'
import { Site } from './site.ts'

const id = 'chaos/circuit-breaker'

/** What an operator says is lost with the server's memory, or with the key. */
const forgetting: readonly string[] = [
  'FLUSHALL',
  'redis is killed and comes back empty',
  'a key is of another type',
  'garbage in a key',
]

type Said = 'open' | 'closed' | 'none'

/** An operator who speaks to all instances past all faults, for nothing stands between the server and him. */
class Operator implements AsyncDisposable {
  readonly #store: Store
  #requests = 0

  constructor(url: string) {
    this.#store = redisStore({ url })
    this.#store.open({ pushed: () => {}, connected: () => {}, disconnected: () => {} })
  }

  /** Says it until it is heard by the server. When it was. */
  async say(state: Said, forMs: number): Promise<number> {
    const request = `chaos-${this.#requests++}`
    await eventually('the server hears the operator', async () => {
      const [answer] = await this.#store.send([
        { type: 'control', id, name: id, state, forMs, by: 'operator', why: 'chaos', request },
      ])
      return answer?.type === 'control'
    })
    return now()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store.close()
  }
}

/** Forty instances are told by an operator to stop calling, and to go on. */
export const overrides: Scenario = {
  name: 'overrides',
  async play({ seeds, rounds, faults: words }) {
    const played: OverriddenRound[] = []
    const names = faultsNamed(words).filter((name) => !forgetting.includes(name))
    for (const seed of seeds) {
      const random = seededRandom(seed)
      await using site = await Site.start()
      await using operator = new Operator(site.server.url)
      await using fleet = await Fleet.start({
        processes: 4,
        instances: 10,
        store: (_process, place) => ({ url: site.urlOf(place) }),
        circuit,
        traffic,
      })
      await allClosed(fleet, 20_000)
      for (let round = 1; round <= rounds; round++) {
        const each = await playRound(`${seed}/${round}`, { site, fleet, random }, operator, names)
        console.log(lineOf(each))
        played.push(each)
      }
    }
    const table = [
      figureHead,
      figureLine(
        'said during faults: after heal, all have it',
        played.map(({ healedMs }) => healedMs),
        `at most ${boundsMs.agreed}`,
      ),
      figureLine(
        'said without faults: all have it',
        played.map(({ heardMs }) => heardMs),
      ),
      figureLine(
        `said for ${forMs} ms: ended in all after`,
        played.map(({ endedMs }) => endedMs),
      ),
    ]
    return {
      table,
      violations: played.flatMap(({ name, problems }) => problems.map((text) => `${name} ${text}`)),
    }
  },
}

interface OverriddenRound {
  readonly name: string
  readonly faults: readonly string[]
  /** Until all had what was said during the faults, from their end on; and what was said without any. */
  readonly healedMs: number
  readonly heardMs: number
  /** From when it was said until it had ended in all. */
  readonly endedMs: number
  readonly problems: readonly string[]
}

/** How long what is to end by itself lasts. */
const forMs = 1_500

async function playRound(
  name: string,
  stage: Stage,
  operator: Operator,
  names: readonly string[],
): Promise<OverriddenRound> {
  const { site, fleet, random } = stage
  const problems: string[] = []
  const [drawn] = await Promise.all([
    sufferSome(stage, names, problems),
    delay(500 + random() * 2_000).then(() => operator.say('open', 60_000)),
  ])
  await healAll(site, fleet)
  await fleet.report()
  const healedMs = await told(fleet, 'open', now(), boundsMs.agreed)
  const clearedMs = await told(fleet, undefined, await operator.say('none', 1_000), boundsMs.agreed)
  const saidAt = await operator.say('open', forMs)
  const heardMs = await told(fleet, 'open', saidAt, 1_000)
  const admitted = await admittedWithin(fleet, 300)
  // It has not ended before.
  const endedMs = (await told(fleet, undefined, saidAt + forMs / 2, forMs * 2)) + forMs / 2
  problems.push(...entriesOf(fleet.take(), 'odd').map(({ instance, text }) => `S10 ${instance}: ${text}`))
  if (healedMs === Infinity) problems.push('L5 what an operator says was not heard by all after the faults')
  if (clearedMs === Infinity) problems.push('L1 not all heard that it was taken back')
  if (heardMs === Infinity) problems.push('L1 not all heard an operator within a second')
  if (endedMs === Infinity) problems.push('S13 it did not end by itself')
  if (admitted > 0) problems.push(`S13 ${admitted} calls were let through while it was forced open`)
  return { name, faults: drawn, healedMs, heardMs, endedMs, problems }
}

async function admittedWithin(fleet: Fleet, ms: number): Promise<number> {
  await fleet.report()
  fleet.takeCounts()
  await delay(ms)
  await fleet.report()
  return fleet.takeCounts().admitted
}

function lineOf({ name, faults: drawn, healedMs, heardMs, endedMs, problems }: OverriddenRound): string {
  return (
    `${name.padEnd(8)} after heal ${Math.round(healedMs)} ms, heard ${Math.round(heardMs)} ms, ` +
    `ended after ${Math.round(endedMs)} ms   ${problems.length === 0 ? 'held' : problems.join('; ')} [${drawn.join(', ')}]`
  )
}

/** How long after `from` all instances went by it; `Infinity` where that took longer than `withinMs`. */
async function told(
  fleet: Fleet,
  state: 'open' | undefined,
  from: number,
  withinMs: number,
): Promise<number> {
  const isSo = (): boolean =>
    fleet.overrides.size === fleet.size && [...fleet.overrides.values()].every((each) => each.state === state)
  try {
    await eventually('all have it', isSo, { withinMs: withinMs + Math.max(0, from - now()), everyMs: 10 })
  } catch {
    return Infinity
  }
  await fleet.report()
  return Math.max(0, ...[...fleet.overrides.values()].map(({ at }) => at - from))
}
