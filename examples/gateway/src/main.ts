import { load } from './load.ts'
import type { Sample } from './load.ts'
import { result, successOf } from './measure.ts'
import { optionsFrom, usage } from './options.ts'
import type { DemoOptions } from './options.ts'
import { picture } from './picture.ts'
import { choice, parts } from './policies.ts'
import { endAll, Site } from './processes.ts'
import { deedLines, goalLines, goals, legend, percent, policyLines, table } from './report.ts'
import type { Deed } from './report.ts'
import { isDown, schedule } from './schedule.ts'
import { MissingRedis } from './redis-process.ts'
import { sharedDemo } from './shared-demo.ts'
import type { Phase } from './schedule.ts'

const perSecond = 80
const patienceMs = 2_000
const introduction = `Two Express gateways under the same load and the same faults, each with an inventory service of its
own. "bare" calls its primary; "holdfast" calls it through these policies, with a standby behind:
`

interface Run {
  readonly site: Site
  /** In the order in which they ended. */
  readonly samples: Sample[]
  readonly deeds: Deed[]
  sentToPrimaryWhileDown: number
}

async function demo({ json, seconds, seed }: DemoOptions): Promise<boolean> {
  const say = (text: string, end = '\n'): void => void (json || process.stdout.write(text + end))
  const phases = schedule(seconds)
  say(`${introduction}\n${policies()}\n`)
  let startedAt = Infinity
  const runs = (['bare', 'holdfast'] as const).map((kind): Run => {
    const deeds: Deed[] = []
    const onDeed = (text: string): void => void deeds.push({ atMs: performance.now() - startedAt, text })
    return { site: new Site(kind, seed, onDeed), samples: [], deeds, sentToPrimaryWhileDown: 0 }
  })
  await Promise.all(runs.map(({ site }) => site.start()))
  startedAt = performance.now() + 200
  const loads = runs.map(async ({ site: { url }, samples }) => {
    await until(startedAt)
    const onSample = (sample: Sample): void => void samples.push(sample)
    await load({ url, perSecond, durationMs: seconds * 1_000, patienceMs, startedAt, onSample })
  })
  say(`${perSecond} requests a second to each, for ${seconds} s; what of them has succeeded:`)
  for (const phase of phases) {
    await until(startedAt + phase.startMs)
    say(`  ${(phase.startMs / 1_000).toFixed(1).padStart(5)} s  ${phase.name.padEnd(14)}`, '')
    await play(phase, runs, startedAt)
    say(progress(phase, runs))
  }
  await Promise.all(loads)
  const results = runs.map(({ samples, sentToPrimaryWhileDown }) =>
    result(samples, phases, sentToPrimaryWhileDown),
  )
  const [bare, holdfast] = results as [(typeof results)[0], (typeof results)[0]]
  const reached = goals(holdfast)
  const drawn = picture(new Map(runs.map(({ site, samples }) => [site.kind, samples])), phases)
  const deeds = deedLines(runs.flatMap((run) => run.deeds))
  say(`\n${drawn}\n\n${deeds}\n\n${table(bare, holdfast)}\n\n${legend}\n\n${goalLines(reached)}`)
  if (json) console.log(asJson({ bare, holdfast, goals: reached }))
  return reached.every(({ met }) => met)
}

/** As they stand around a call, outermost first. */
function policies(): string {
  const endpoints = { kind: 'endpoints', primary: 'primary', standby: 'standby', ...choice }
  const inside = parts.findIndex(({ kind }) => kind === 'retry') + 1
  const all: readonly { readonly kind: string; readonly name?: string }[] = parts.toSpliced(
    inside,
    0,
    endpoints as never,
  )
  return all.map(({ kind, name = kind, ...options }) => policyLines(name, options)).join('\n')
}

/** Puts the sites through one phase, and notes what they sent to a primary that was down. */
async function play(phase: Phase, runs: readonly Run[], startedAt: number): Promise<void> {
  await Promise.all(
    runs.flatMap(({ site }) => [site.primary.become(phase.primary), site.standby.become(phase.standby)]),
  )
  const before = await Promise.all(runs.map(({ site }) => site.sentToPrimary()))
  await until(startedAt + phase.endMs - 20)
  const after = await Promise.all(runs.map(({ site }) => site.sentToPrimary()))
  if (!isDown(phase)) return
  for (const [index, run] of runs.entries()) {
    run.sentToPrimaryWhileDown += (after[index] ?? 0) - (before[index] ?? 0)
  }
}

/** Of the requests of a phase, those that have ended by now. */
function progress({ startMs, endMs }: Phase, runs: readonly Run[]): string {
  const parts = runs.map(({ site, samples }) => {
    const ended = samples.filter(({ atMs }) => atMs >= startMs && atMs < endMs)
    return `${site.kind} ${percent(successOf(ended)).padStart(8)}`
  })
  return parts.join('    ')
}

/** On one line; what never happened is null. */
function asJson(value: object): string {
  return JSON.stringify(value, (_name, field: unknown) => field ?? null)
}

function until(moment: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, moment - performance.now())))
}

async function main(args: readonly string[]): Promise<number> {
  let options: DemoOptions | undefined
  try {
    options = optionsFrom(args, process.env)
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
    return 2
  }
  if (options === undefined) {
    console.log(usage)
    return 0
  }
  try {
    const { redisUrl, json } = options
    const met = redisUrl === undefined ? await demo(options) : await sharedDemo(redisUrl, json)
    return met ? 0 : 1
  } catch (error) {
    console.error(error instanceof MissingRedis ? error.message : error)
    return 2
  } finally {
    await endAll()
  }
}

process.exit(await main(process.argv.slice(2)))
