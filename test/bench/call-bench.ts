import type { CallCase } from './cases.ts'
import { SubjectProcess } from './process.ts'
import type { Cell, Row } from './report.ts'
import { median } from './report.ts'
import type { Reply, Task } from './worker.ts'

/** Room for more than a run of calls, so that windows without a collection are found. */
const nodeOptions = ['--expose-gc', '--min-semi-space-size=64', '--max-semi-space-size=64']
/** New processes so many times: one that the optimiser treats badly for good is outvoted. */
const batches = 3
const byteWindows = 3
/** Not counted: what the last optimisations disturb. */
const earlyRounds = 4

/** What was measured of one subject, over all batches. */
interface Tally {
  readonly subject: string
  readonly times: number[]
  readonly bytes: number[]
  missing: string | undefined
}

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
  const tallies = subjects.map((subject): Tally => ({ subject, times: [], bytes: [], missing: undefined }))
  for (let batch = 0; batch < batches; batch++) {
    const able = tallies.filter(({ missing }) => missing === undefined)
    await benchBatch(measured, able, Math.ceil(rounds / batches))
  }
  return rowsOf(measured, tallies)
}

async function benchBatch({ name }: CallCase, tallies: readonly Tally[], rounds: number): Promise<void> {
  const contestants = tallies.map((tally) => new Contestant(tally, name))
  try {
    for (const each of contestants) await each.ask('prepare')
    const able = contestants.filter(({ tally }) => tally.missing === undefined)
    for (let round = 0; round < earlyRounds + rounds; round++) {
      for (let place = 0; place < able.length; place++) {
        await able[(round + place) % able.length]?.slice(round >= earlyRounds)
      }
    }
    for (const each of able) await each.finish()
  } finally {
    for (const each of contestants) each.end()
  }
}

class Contestant {
  readonly tally: Tally
  readonly #process: SubjectProcess

  constructor(tally: Tally, caseName: string) {
    this.tally = tally
    this.#process = new SubjectProcess('./worker.ts', [tally.subject, caseName], nodeOptions)
  }

  async slice(counts: boolean): Promise<void> {
    const time = await this.ask('slice')
    if (counts) this.tally.times.push(time)
  }

  async finish(): Promise<void> {
    for (let each = 0; each < byteWindows; each++) this.tally.bytes.push(await this.ask('bytes'))
    await this.ask('verify')
  }

  async ask(task: Task): Promise<number> {
    // The worker's own type of reply.
    const reply = (await this.#process.ask(task)) as Reply
    if ('broken' in reply) throw new Error(`${this.tally.subject}: ${reply.broken}`)
    if ('missing' in reply) this.tally.missing = reply.missing
    return 'figure' in reply ? reply.figure : Number.NaN
  }

  end(): void {
    this.#process.end()
  }
}

function rowsOf({ name, atOnce }: CallCase, tallies: readonly Tally[]): readonly Row[] {
  const bare = tallies.find(({ subject }) => subject === 'bare')
  const times = new Map<string, Cell>()
  const bytes = new Map<string, Cell>()
  for (const { subject, missing, times: own, bytes: ownBytes } of tallies) {
    const ratio = median(own.map((time, round) => time / (bare?.times[round] ?? Number.NaN)))
    times.set(subject, missing === undefined ? { value: median(own), ratio } : { missing })
    bytes.set(subject, missing === undefined ? { value: median(ownBytes) } : { missing })
  }
  return [
    { name, figure: atOnce === undefined ? 'ns' : 'CPU ns', cells: times },
    { name, figure: 'bytes', cells: bytes },
  ]
}
