import { parseArgs } from 'node:util'
import { load } from './load.ts'
import type { Sample } from './load.ts'
import { result } from './measure.ts'
import type { Result } from './measure.ts'
import { picture } from './picture.ts'
import { policies } from './policies.ts'
import { endAll, Site } from './processes.ts'
import { goals, legend, table } from './report.ts'
import { schedule, timeline } from './schedule.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '35' },
    seed: { type: 'string', default: '1' },
  },
  // pnpm hands its own separator on.
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
})
const seconds = Number(values.seconds)
if (!(seconds >= 3.5 && seconds <= 600)) {
  console.error('--seconds must be a number from 3.5 to 600: how long the whole schedule takes')
  process.exit(2)
}
const perSecond = 80
const phases = timeline(schedule(seconds))
const sites = [new Site('bare', Number(values.seed)), new Site('holdfast', Number(values.seed))] as const

function say(text: string): void {
  if (!values.json) process.stdout.write(text)
}

/** Puts the sites through the phases; returns how many requests each sent to its primary while that was down. */
async function play(startedAt: number): Promise<Map<string, number>> {
  const whileDown = new Map<string, number>()
  for (const { name, primary, standby, startMs, endMs } of phases) {
    await until(startedAt + startMs)
    say(`  ${(startMs / 1_000).toFixed(1).padStart(5)} s  ${name}\n`)
    await Promise.all(sites.flatMap((site) => [site.primary.become(primary), site.standby.become(standby)]))
    if (primary !== 'hung' && primary !== 'killed') continue
    const before = await Promise.all(sites.map((site) => site.sentToPrimary()))
    await until(startedAt + endMs - 20)
    const after = await Promise.all(sites.map((site) => site.sentToPrimary()))
    sites.forEach(({ kind }, index) => {
      whileDown.set(kind, (whileDown.get(kind) ?? 0) + (after[index] ?? 0) - (before[index] ?? 0))
    })
  }
  return whileDown
}

function until(moment: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, moment - performance.now())))
}

say(
  'Two Express gateways under the same load and the same faults, each with an inventory service of its own:\n',
)
say('"bare" calls the primary, "holdfast" calls it through these policies, with a standby behind:\n\n')
say(
  `${Object.entries(policies)
    .map(([name, options]) => `  ${name.padEnd(9)} ${JSON.stringify(options)}`)
    .join('\n')}\n\n`,
)
await Promise.all(sites.map((site) => site.start()))
const startedAt = performance.now() + 200
const loads = sites.map(async ({ kind, url }): Promise<readonly [string, readonly Sample[]]> => {
  await until(startedAt)
  return [kind, await load({ url, perSecond, durationMs: seconds * 1_000, patienceMs: 2_000, startedAt })]
})
const whileDown = await play(startedAt)
const samples = new Map(await Promise.all(loads))
const [bare, holdfast] = sites.map(({ kind }) =>
  result(samples.get(kind) ?? [], phases, whileDown.get(kind) ?? 0),
) as [Result, Result]
const reached = goals(holdfast)
const allMet = reached.every(({ met }) => met)
if (values.json) console.log(JSON.stringify({ bare, holdfast, goals: reached }))
say(`\n${picture(samples, phases)}\n\n${table(bare, holdfast)}\n\n${legend}\n\n`)
for (const { text, met } of reached) say(`${met ? '✓' : '✗'} ${text}\n`)
endAll()
process.exit(allMet ? 0 : 1)
