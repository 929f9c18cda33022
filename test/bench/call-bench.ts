import type { CallCase } from './cases.ts'
import { SubjectProcess } from './process.ts'
import type { Cell, Row } from './report.ts'
import { median } from './report.ts'
import type { Reply, Task } from './worker.ts'

/** Room for more than a run of 20 000 calls, so that windows without a collection are found. */
const nodeOptions = ['--expose-gc', '--min-semi-space-size=64', '--max-semi-space-size=64']
const byteWindows = 5
/** Not counted: what the last optimisations disturb. */
const earlyRounds = 8

/**
 * All subjects of one case side by side. In each round every subject, the bare call included, runs for a few
 * milliseconds, in an order that moves on by one each round: a neighbour on the machine then slows all of them alike. A
 * time is the median over the rounds; a ratio is the median of the rounds' own ratios to the bare call.
 */
export async function benchCalls(
  measured: CallCase,
  subjects: readonly string[],
  rounds: number,
): Promise<readonly Row[]> {
  const contestants = subjects.map((subject) => new Contestant(subject, measured.name))
  try {
    for (const each of contestants) await each.prepare()
    const able = contestants.filter((each) => each.able)
    for (let round = 0; round < earlyRounds + rounds; round++) {
      for (let place = 0; place < able.length; place++) {
        await able[(round + place) % able.length]?.slice(round >= earlyRounds)
      }
    }
    for (const each of able) await each.finish()
    return rowsOf(measured, contestants)
  } finally {
    for (const each of contestants) each.end()
  }
}

class Contestant {
  readonly subject: string
  readonly times: number[] = []
  readonly bytes: number[] = []
  missing: string | undefined
  readonly #process: SubjectProcess

  constructor(subject: string, caseName: string) {
    this.subject = subject
    this.#process = new SubjectProcess('./worker.ts', [subject, caseName], nodeOptions)
  }

  get able(): boolean {
    return this.missing === undefined
  }

  prepare(): Promise<unknown> {
    return this.#ask('prepare')
  }

  async slice(counts: boolean): Promise<void> {
    const time = await this.#ask('slice')
    if (counts) this.times.push(time)
  }

  async finish(): Promise<void> {
    for (let each = 0; each < byteWindows; each++) this.bytes.push(await this.#ask('bytes'))
    await this.#ask('verify')
  }

  async #ask(task: Task): Promise<number> {
    // The worker's own type of reply.
    const reply = (await this.#process.ask(task)) as Reply
    if ('broken' in reply) throw new Error(`${this.subject}: ${reply.broken}`)
    if ('missing' in reply) this.missing = reply.missing
    return 'figure' in reply ? reply.figure : Number.NaN
  }

  end(): void {
    this.#process.end()
  }
}

function rowsOf({ name, atOnce }: CallCase, contestants: readonly Contestant[]): readonly Row[] {
  const bare = contestants.find(({ subject }) => subject === 'bare')
  const times = new Map<string, Cell>()
  const bytes = new Map<string, Cell>()
  for (const { subject, missing, times: own, bytes: ownBytes } of contestants) {
    const ratio = median(own.map((time, round) => time / (bare?.times[round] ?? Number.NaN)))
    times.set(subject, missing === undefined ? { value: median(own), ratio } : { missing })
    bytes.set(subject, missing === undefined ? { value: median(ownBytes) } : { missing })
  }
  return [
    { name, figure: atOnce === undefined ? 'ns' : 'CPU ns', cells: times },
    { name, figure: 'bytes', cells: bytes },
  ]
}
