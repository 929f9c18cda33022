import type { ScaleCase } from './cases.ts'
import { SubjectProcess } from './process.ts'
import { median } from './report.ts'
import type { Cell, Row } from './report.ts'
import type { ScaleReply } from './scale-worker.ts'

/** A subject that took longer than this is not measured again. */
const longMs = 5_000

/** One subject after the other and that several times, each time in a new process with Node's own memory settings. */
export async function benchScale(
  scaleCase: ScaleCase,
  subjects: readonly string[],
  slow: boolean,
): Promise<readonly Row[]> {
  const cells = new Map<string, Map<string, number[]>>()
  const missing = new Map<string, string>(slow ? [] : Object.entries(scaleCase.tooSlow ?? {}))
  const done = new Set(missing.keys())
  for (let time = 0; time < scaleCase.times; time++) {
    for (const subject of subjects.filter((each) => !done.has(each))) {
      const start = performance.now()
      const reply = await measureOnce(subject, scaleCase)
      if (performance.now() - start > longMs || 'missing' in reply) done.add(subject)
      if ('missing' in reply) missing.set(subject, reply.missing)
      else collect(cells, subject, reply.figures)
    }
  }
  return [...cells].map(([figure, own]) => ({ name: scaleCase.name, figure, cells: medians(own, missing) }))
}

async function measureOnce(
  subject: string,
  { name }: ScaleCase,
): Promise<Exclude<ScaleReply, { broken: string }>> {
  const child = new SubjectProcess('./scale-worker.ts', [subject, name], ['--expose-gc'])
  try {
    // The worker's own type of reply.
    const reply = (await child.ask('measure')) as ScaleReply
    if ('broken' in reply) throw new Error(`${subject}: ${reply.broken}`)
    return reply
  } finally {
    child.end()
  }
}

function collect(
  cells: Map<string, Map<string, number[]>>,
  subject: string,
  figures: Readonly<Record<string, number>>,
): void {
  for (const [figure, value] of Object.entries(figures)) {
    const own = cells.get(figure) ?? new Map<string, number[]>()
    own.set(subject, [...(own.get(subject) ?? []), value])
    cells.set(figure, own)
  }
}

function medians(
  own: ReadonlyMap<string, readonly number[]>,
  missing: ReadonlyMap<string, string>,
): ReadonlyMap<string, Cell> {
  const cells = new Map<string, Cell>([...missing].map(([subject, reason]) => [subject, { missing: reason }]))
  for (const [subject, values] of own) cells.set(subject, { value: median(values) })
  return cells
}
