import { lineChart, namedScenario, scenarioNames } from '@holdfast/simulator'
import { entries } from './entries.ts'
import type { Cell, Entry } from './entry.ts'
import { labelOf, shown } from './figures.ts'
import { jobOf, nameOf, scenarioJob } from './job.ts'
import type { Result } from './job.ts'
import type { Results } from './record.ts'
import { tableOf } from './table.ts'

/** Every file of the page, by its path under `docs/`. */
export function filesFrom(results: Results): ReadonlyMap<string, string> {
  const pictures = entries.flatMap((entry) => {
    const picture = drawn(entry, results)
    return picture === undefined ? [] : [[pictureOf(entry), picture] as const]
  })
  return new Map([['behaviour.md', textFrom(results)], ...pictures])
}

function pictureOf({ name }: Entry): string {
  return `behaviour/${name}.svg`
}

function textFrom(results: Results): string {
  const sections = entries.map((entry) => section(entry, results))
  return `${[introduction, ...sections, scenarioSection(results)].join('\n\n')}\n`
}

const introduction = `# Behaviour under faults, load and hot spots

What callers would have seen: Holdfast's [standard preset](presets.md#the-standard-preset), no policy at all, and two other
libraries, in the same scenarios. All of it is played in virtual time by the [simulator](../packages/simulator/README.md), around
the real libraries; [how far that can be believed](behaviour-real.md) is another page. This one is written by \`pnpm behaviour\`
and checked: a change of behaviour shows as a change of it.

The peers are cockatiel 4 and opossum 10, with the settings of our preset as far as they have them: cockatiel with timeouts,
retries with the same backoff, a sampling breaker, and a bulkhead with a queue; opossum with its breaker, timeout and capacity.
Neither has a retry budget, and opossum has no retry. “–” is where a library has no counterpart or does not tell, “never” where
it did not come to that in the time that was played. Unless it says otherwise a figure is the mean of three runs, with seeds 1 to 3.`

function section(entry: Entry, results: Results): string {
  const { title, about, goal, text } = entry
  return [
    `## ${title}`,
    about,
    `**To reach:** ${goal}`,
    text,
    ...(entry.picture === undefined ? [] : [`![${title}](${pictureOf(entry)})`]),
    comparison(entry, results),
    ...(entry.seeds.length === 1 ? ['One run, with seed 1.'] : []),
  ].join('\n\n')
}

function comparison(entry: Entry, results: Results): string {
  const rows = entry.rows.flatMap(({ label, cells }) => {
    const columns = cells.map((cell) => resultsOf(entry, cell, results))
    const figures = [...new Set(columns.flat().flatMap((result) => Object.keys(result.figures)))]
    return figures.map((figure) => {
      const { name, unit } = labelOf(figure)
      const told =
        unit === 'share' || unit === 'ms' || unit === 's' || unit === '' ? name : `${name}, ${unit}`
      return [
        label === '' ? told : `${label}: ${told}`,
        ...columns.map((column) =>
          shown(
            column.map(({ figures: all }) => all[figure]),
            unit,
          ),
        ),
      ]
    })
  })
  return tableOf(['', ...entry.columns], rows)
}

function resultsOf(entry: Entry, cell: Cell | undefined, results: Results): readonly Result[] {
  if (cell === undefined) return []
  return entry.seeds.map((seed) => found(results, nameOf(jobOf(entry, cell, seed))))
}

function found(results: Results, name: string): Result {
  const result = results.get(name)
  if (result === undefined) throw new Error(`nothing is recorded of '${name}': run pnpm behaviour`)
  return result
}

function drawn(entry: Entry, results: Results): string | undefined {
  const { picture, columns } = entry
  if (picture === undefined) return undefined
  const all = picture.row.cells.map((cell) => resultsOf(entry, cell, results)[0])
  const { durationMs = 0, spans = [] } = all.find((result) => result !== undefined) ?? {}
  const { title, unit, scale = 'linear' } = picture
  const lines = all.flatMap((result, place) =>
    result === undefined ? [] : [{ label: columns[place] ?? '', values: result.series }],
  )
  return `${lineChart({ title, unit, scale, durationMs, stepMs: 1_000, spans, lines })}\n`
}

function scenarioSection(results: Results): string {
  const rows = scenarioNames().flatMap((name) => {
    const { clients } = namedScenario(name)
    const { figures } = found(results, nameOf(scenarioJob(name)))
    return Object.keys(clients).map((client, place) => [
      place === 0 ? `\`${name}\`` : '',
      client,
      shown([figures[`${client}: good`]], 'share'),
      shown([figures[`${client}: p99Ms`]], 'ms'),
      shown([figures[`${client}: attempts`]], 'attempts'),
    ])
  })
  return `## The scenarios that come with the simulator

Each is a file that can be changed. One run, with seed 1.

${tableOf(['scenario', 'client', 'answered in time', '99th percentile', 'attempts a call'], rows)}`
}
