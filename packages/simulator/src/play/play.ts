import { share } from '@holdfast/core'
import type { Clock, Share } from '@holdfast/core'
import type { SeededRandom } from '@holdfast/testing'
import { ClientRecord } from './client-record.ts'
import type { Ground } from '../ground.ts'
import { Instance } from './instance.ts'
import { KeyChoice } from './key-choice.ts'
import { instancesOf } from '../places.ts'
import type { Place } from '../places.ts'
import { changesOf, injectionReports, occurrencesOf } from './plan.ts'
import type { Occurrence } from './plan.ts'
import { rateOf } from './rate.ts'
import type { AttemptReport, CallReport, Report } from '../report.ts'
import { bareCaller, pipelineOf, Requester, targetsOf } from '../services/requester.ts'
import type { Caller } from '../services/requester.ts'
import type { Client, Scenario } from '../scenario.ts'
import { States } from './states.ts'

/** What a caller is made of. */
export interface CallerSurroundings {
  readonly instance: string
  readonly clock: Clock
  /** Uniform in [0, 1). */
  readonly random: () => number
}

export interface PlayOptions {
  /** Instead of the scenario's own. */
  readonly seed?: number
  /** Of a client, by its name: what protects its calls instead of its pipeline, such as another library. */
  readonly callers?: Readonly<Record<string, (around: CallerSurroundings) => Caller>>
  /** Hears of every attempt when it has ended, in the order in which they end. */
  readonly onAttempt?: (attempt: AttemptReport) => void
  /** Hears of every call when it has ended, in the order in which they end. */
  readonly onCall?: (call: CallReport) => void
  /** Hears how much is done, from 0 to 1, a hundred times. */
  readonly onProgress?: (ratio: number) => void
}

/** How long calls that have not ended are waited for after the end, and then the farewells of those who share. */
const drainMs = 60_000
const farewellMs = 1_000

/** One step of the series. */
export const stepMs = 1_000

/** Plays a scenario on a ground. */
export function play(
  scenario: Scenario,
  ground: Ground,
  random: SeededRandom,
  options: PlayOptions,
): Promise<Report> {
  return new Run(scenario, ground, options).play(random)
}

class Run {
  readonly #scenario: Scenario
  readonly #ground: Ground
  readonly #options: PlayOptions
  readonly #occurrences: readonly Occurrence[]
  readonly #records: ReadonlyMap<string, ClientRecord>
  readonly #states = new States()
  readonly #shares: Share[] = []

  constructor(scenario: Scenario, ground: Ground, options: PlayOptions) {
    this.#scenario = scenario
    this.#ground = ground
    this.#options = options
    this.#occurrences = occurrencesOf(scenario)
    this.#records = new Map(
      Object.entries(scenario.clients).map(([name, client]) => [
        name,
        new ClientRecord(client, stepMs, scenario.warmUpMs ?? 0),
      ]),
    )
  }

  async play(random: SeededRandom): Promise<Report> {
    const { durationMs } = this.#scenario
    const instances = instancesOf(this.#scenario).map((place) => this.#instance(place, random.fork()))
    this.#plan(instances)
    for (const [number, instance] of instances.entries()) this.#load(instance, number)
    for (let part = 1; part <= 100; part++) {
      await this.#ground.run((durationMs * part) / 100)
      this.#options.onProgress?.(part / 100)
    }
    await this.#ground.run(durationMs + drainMs, () => instances.some(({ pending }) => pending > 0))
    for (const instance of instances) instance.giveUp()
    const stopped = Promise.all(this.#shares.map((share) => share.stop()))
    await this.#ground.run(this.#ground.clock.now() + farewellMs)
    await stopped
    return this.#report(await this.#ground.replicas())
  }

  #instance(place: Place<Client>, random: SeededRandom): Instance {
    const { name, of, kind } = place
    const ground = this.#ground
    return new Instance(place, {
      ground,
      random: random.fork(),
      requester: new Requester(
        name,
        kind,
        targetsOf(this.#scenario, kind),
        ground,
        random.fork(),
        this.#caller(place, random.fork()),
      ),
      // There is one for each client.
      record: this.#records.get(of) as ClientRecord,
      keys: kind.keys && new KeyChoice(kind.keys, random.fork()),
      attempted: this.#options.onAttempt,
      ended: this.#options.onCall,
    })
  }

  #caller({ name, of, kind }: Place<Client>, random: SeededRandom): Caller {
    const { clock } = this.#ground
    const other = this.#options.callers?.[of]
    if (other !== undefined) return other({ instance: name, clock, random })
    const options = { clock, random: random.fork() }
    const pipeline = pipelineOf(
      kind,
      kind.shared === true ? { ...options, share: this.#share(name, kind, random) } : options,
    )
    if (pipeline === undefined) return bareCaller
    this.#states.watch(name, pipeline)
    return pipeline
  }

  #share(instance: string, { instances = 1 }: Client, random: SeededRandom): Share {
    const { clock } = this.#ground
    const joined = share(this.#ground.connect(instance), { clock, random: random.fork(), instances })
    this.#shares.push(joined)
    return joined
  }

  #plan(instances: readonly Instance[]): void {
    for (const { atMs, injection, on } of changesOf(this.#occurrences)) {
      this.#at(atMs, () => {
        this.#ground.inject(injection, on)
        for (const instance of instances) instance.inject(injection, on)
      })
    }
  }

  #at(moment: number, act: () => void): void {
    this.#ground.clock.alarm(act).set(moment)
  }

  #load(instance: Instance, number: number): void {
    const { durationMs } = this.#scenario
    const { load, instances = 1 } = instance.place.kind
    // Those of a client follow each other.
    const place = number % instances
    if (load.kind === 'closed') {
      const callers = Math.floor((load.callers + place) / instances)
      return instance.close(callers, load.thinkMs ?? 0, durationMs)
    }
    const rate = rateOf(load, instance.place, this.#occurrences, durationMs)
    instance.open(rate, load.arrivals === 'regular', durationMs, (place + 1) / instances)
  }

  #report(replicas: Report['replicas']): Report {
    const { name, description = '', seed = 1, durationMs, warmUpMs = 0 } = this.#scenario
    return {
      scenario: name,
      description,
      seed: this.#options.seed ?? seed,
      ground: this.#ground.kind,
      durationMs,
      warmUpMs,
      stepMs,
      clients: Object.fromEntries(Array.from(this.#records, ([client, record]) => [client, record.report()])),
      replicas,
      injections: injectionReports(this.#scenario),
      states: this.#states.report(),
    }
  }
}
