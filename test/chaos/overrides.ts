import { setTimeout as delay } from 'node:timers/promises'
import { redisStore } from '@holdfast/redis'
import type { Store } from '@holdfast/core'
import { seededRandom } from '@holdfast/testing'
import { eventually } from '../servers/index.ts'
import { allClosed } from './cycle.ts'
import { entriesOf, now } from './entry.ts'
import { faultsNamed, healAll, sufferSome } from './faults.ts'
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
    const violations: string[] = []
    const heardMs: number[] = []
    const healedMs: number[] = []
    const endedMs: number[] = []
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
        const problems: string[] = []
        const [drawn] = await Promise.all([
          sufferSome({ site, fleet, random }, names, problems),
          delay(500 + random() * 2_000).then(() => operator.say('open', 60_000)),
        ])
        await healAll(site, fleet)
        await fleet.report()
        const healed = await told(fleet, 'open', now(), boundsMs.agreed)
        const cleared = await told(fleet, undefined, await operator.say('none', 1_000), boundsMs.agreed)
        const forMs = 1_500
        const said = await operator.say('open', forMs)
        const heard = await told(fleet, 'open', said, 1_000)
        await fleet.report()
        fleet.takeCounts()
        await delay(300)
        await fleet.report()
        const { admitted } = fleet.takeCounts()
        const ended = await told(fleet, undefined, said + forMs / 2, forMs * 2)
        heardMs.push(heard ?? Number.NaN)
        healedMs.push(healed ?? Number.NaN)
        endedMs.push(ended === undefined ? Number.NaN : ended + forMs / 2)
        problems.push(
          ...entriesOf(fleet.take(), 'odd').map(({ instance, text }) => `S10 ${instance}: ${text}`),
        )
        if (healed === undefined)
          problems.push('L5 what an operator says was not heard by all after the faults')
        if (cleared === undefined) problems.push('L1 not all heard that it was taken back')
        if (heard === undefined) problems.push('L1 not all heard an operator within a second')
        if (ended === undefined) problems.push('S13 it did not end by itself')
        if (admitted > 0) problems.push(`S13 ${admitted} calls were let through while it was forced open`)
        console.log(
          `${seed}/${round} after heal ${Math.round(healed ?? Number.NaN)} ms, heard ${Math.round(heard ?? Number.NaN)} ms, ` +
            `ended after ${Math.round(endedMs.at(-1) ?? Number.NaN)} ms  ${problems.length === 0 ? 'held' : problems.join('; ')} [${drawn.join(', ')}]`,
        )
        violations.push(...problems.map((text) => `${seed}/${round} ${text}`))
      }
    }
    const table = [
      figureHead,
      figureLine('said during faults: after heal, all have it', healedMs, `at most ${boundsMs.agreed}`),
      figureLine('said without faults: all have it', heardMs),
      figureLine('said for 1 500 ms: ended in all after', endedMs),
    ]
    return { table, violations }
  },
}

/** How long after `from` all instances went by it; undefined where that took longer than `withinMs`. */
async function told(
  fleet: Fleet,
  state: 'open' | undefined,
  from: number,
  withinMs: number,
): Promise<number | undefined> {
  const isSo = (): boolean =>
    fleet.overrides.size === fleet.size && [...fleet.overrides.values()].every((each) => each.state === state)
  try {
    await eventually('all have it', isSo, { withinMs: withinMs + Math.max(0, from - now()), everyMs: 10 })
  } catch {
    return undefined
  }
  await fleet.report()
  return Math.max(0, ...[...fleet.overrides.values()].map(({ at }) => at - from))
}
