import { Agent } from 'node:http'
import type { ServerResponse } from 'node:http'
import { VirtualClock } from '@holdfast/testing'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { DrainReport } from './drain.ts'
import { eventually, serve } from './live-service.ts'
import type { LiveService } from './live-service.ts'

const announceMs = 300
const probePeriodMs = 250
/** No handler takes longer; the drain waits longer than that. */
const slowestMs = 1_500
const drainMs = 2_000

interface Held {
  readonly response: ServerResponse
  readonly since: number
}

interface Instance {
  readonly service: LiveService
  readonly held: Held[]
  /** What the last probe has said. */
  ready: boolean
  drained: Promise<DrainReport> | undefined
}

/** A fleet of two, and a client who sends only where the last probe has said that it may. */
class Fleet {
  readonly clock: VirtualClock = new VirtualClock()
  readonly instances: Instance[] = []
  readonly reports: Promise<DrainReport>[] = []
  readonly answers: Promise<number | string>[] = []
  readonly #agent = new Agent({ keepAlive: true })
  #probedAt = 0

  async start(): Promise<void> {
    const held: Held[] = []
    const service = await serve({ clock: this.clock, announceMs, drainMs }, (_request, response) => {
      held.push({ response, since: this.clock.now() })
    })
    this.instances.push({ service, held, ready: false, drained: undefined })
    await this.#probe()
  }

  /** Returns while the request is on its way. */
  send(pick: number): void {
    const ready = this.instances.filter((each) => each.ready)
    const { service } = ready[pick % ready.length] as Instance
    const answer = service.get('/', {}, this.#agent)
    this.answers.push(answer.then(({ status, body }) => `${status} ${body}`).catch(String))
  }

  /** The body comes in two parts where `begun`, which commits the connection before the drain can. */
  answer(pick: number, begun: boolean): void {
    const all = this.instances.flatMap(({ held }) => held.map((each) => ({ held, each })))
    if (all.length === 0) return
    const { held, each } = all[pick % all.length] as (typeof all)[0]
    if (begun && !each.response.headersSent) return void each.response.write('o')
    held.splice(held.indexOf(each), 1)
    each.response.end(each.response.headersSent ? 'k' : 'ok')
  }

  /** The oldest is told to stop, once another can take its place. */
  restart(): void {
    const [oldest, ...others] = this.instances.filter(({ drained }) => drained === undefined)
    if (oldest === undefined || !others.some(({ ready }) => ready)) return
    oldest.drained = oldest.service.life.drain()
    this.reports.push(oldest.drained)
  }

  async tick(ms: number): Promise<void> {
    await this.arrived()
    const next = Math.min(this.clock.now() + ms, this.#probedAt + probePeriodMs)
    await this.clock.advanceTo(next)
    for (const { held } of this.instances) {
      const late = held.filter(({ since }) => next - since >= slowestMs - probePeriodMs)
      for (const each of late) {
        held.splice(held.indexOf(each), 1)
        each.response.end(each.response.headersSent ? 'k' : 'ok')
      }
    }
    if (next >= this.#probedAt + probePeriodMs) await this.#probe()
  }

  /** What is on its way takes no time on the virtual clock. */
  async arrived(): Promise<void> {
    await eventually(() => {
      const came = this.instances.reduce((sum, { service }) => sum + service.served, 0)
      return came >= this.answers.length
    })
  }

  /** Answers all, and lets all that stop come to their end. */
  async end(): Promise<readonly (number | string)[]> {
    await this.arrived()
    for (let elapsed = 0; elapsed < 4_000; elapsed += probePeriodMs) await this.tick(probePeriodMs)
    const answers = await Promise.all(this.answers)
    this.#agent.destroy()
    for (const { service } of this.instances) service.stop()
    return answers
  }

  async #probe(): Promise<void> {
    this.#probedAt = this.clock.now()
    await Promise.all(
      this.instances.map(async (each) => {
        const probe = await each.service.get('/readyz', {}, false).catch(() => undefined)
        each.ready = probe?.status === 200
      }),
    )
  }
}

type Step = (fleet: Fleet) => void | Promise<void>

const pick = fc.nat(7)
const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: pick.map(
      (each): Step =>
        (fleet) =>
          fleet.send(each),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(pick, fc.boolean()).map(
      ([each, begun]): Step =>
        (fleet) =>
          fleet.answer(each, begun),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(0, 1, 100, probePeriodMs).map(
      (ms): Step =>
        (fleet) =>
          fleet.tick(ms),
    ),
  },
  { weight: 1, arbitrary: fc.constant<Step>((fleet) => fleet.arrived()) },
  { weight: 1, arbitrary: fc.constant<Step>((fleet) => fleet.restart()) },
  { weight: 1, arbitrary: fc.constant<Step>((fleet) => fleet.start()) },
)

it('in a rolling restart no request fails of a client who heeds readiness', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { maxLength: 80, size: 'max' }), async (plan) => {
      const fleet = new Fleet()
      await fleet.start()
      for (const step of plan) await step(fleet)
      const answers = await fleet.end()
      expect(answers).toEqual(answers.map(() => '200 ok'))
      for (const report of await Promise.all(fleet.reports)) {
        expect(report).toEqual({ exitCode: 0, cut: 0, failures: [] })
      }
      expect(fleet.clock.pending).toBe(0)
    }),
    { numRuns: 50 },
  )
})
