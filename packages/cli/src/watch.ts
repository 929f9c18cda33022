import { changesBetween } from './change.ts'
import type { Change } from './change.ts'
import type { FleetCommand, FleetWorkplace } from './command.ts'
import { readFleet } from './fleet.ts'
import type { Fleet } from './fleet.ts'
import { ServerError } from './operator.ts'
import { Rhythm } from './rhythm.ts'
import { fleetLines, sayCircuit, sayInstances } from './show.ts'
import { json, printable } from './text.ts'

export const watch: FleetCommand = {
  kind: 'fleet',
  name: 'watch',
  summary: 'shows the state of all circuits as it changes, until Ctrl-C',
  usage: '',
  flags: {},
  names: [0, 0, 'NAME'],
  details: `On a terminal: a table that is refreshed every second, and at once where something happens. Elsewhere, and with
--json: a line for each circuit, then one for each change. Ends when nobody reads on.`,
  plan: () => (place) => new Watch(place).run(),
}

class Watch {
  readonly #place: FleetWorkplace
  readonly #isTable: boolean
  #seen: Fleet | undefined
  #isConnected = true

  constructor(place: FleetWorkplace) {
    this.#place = place
    this.#isTable = place.around.out.isTerminal && !place.json
  }

  async run(): Promise<void> {
    const { operator, around } = this.#place
    const ending = around.ending()
    const rhythm = new Rhythm(around.clock, ending)
    operator.onPush = () => rhythm.hurry()
    while (!ending.aborted) {
      await this.#look()
      await rhythm.next()
    }
  }

  async #look(): Promise<void> {
    try {
      const fleet = await readFleet(this.#place.operator)
      if (!this.#isConnected) this.#tell([{ type: 'link', connected: true, reason: null }])
      this.#isConnected = true
      this.#show(fleet)
    } catch (error) {
      if (!(error instanceof ServerError) || !isPassing(error)) throw error
      this.#lost(error)
    }
  }

  #show(fleet: Fleet): void {
    if (this.#isTable) this.#draw(fleet, undefined)
    else this.#tell(changesBetween(this.#seen, fleet))
    this.#seen = fleet
  }

  #lost(error: ServerError): void {
    if (this.#isTable) this.#draw(this.#seen, error.message)
    else if (this.#isConnected) this.#tell([{ type: 'link', connected: false, reason: error.failure.reason }])
    this.#isConnected = false
  }

  /** Over what was drawn before. */
  #draw(fleet: Fleet | undefined, problem: string | undefined): void {
    const { out } = this.#place.around
    const { paint } = this.#place
    const lines = [
      ...(problem === undefined ? [] : [paint('bad', problem), '']),
      ...(fleet === undefined ? [] : fleetLines(fleet, paint, out.columns)),
    ]
    const fitting =
      lines.length < out.rows ? lines : [...lines.slice(0, Math.max(1, out.rows - 2)), 'and more']
    out.write(`${home}${fitting.map((line) => `${line}${toLineEnd}\n`).join('')}${toScreenEnd}`)
  }

  #tell(changes: readonly Change[]): void {
    if (this.#isTable) return
    const { out, clock } = this.#place.around
    const at = new Date(clock.wallTime()).toISOString()
    for (const change of changes) {
      out.write(this.#place.json ? `${json({ at, ...change })}\n` : `${at}  ${sayChange(change)}\n`)
    }
  }
}

/** Moves the cursor to the first line, and clears what is behind it. */
const [home, toLineEnd, toScreenEnd] = ['\u001B[H', '\u001B[K', '\u001B[J']

/** Whether it may be over when it is tried again. */
function isPassing({ failure: { reason } }: ServerError): boolean {
  return reason !== 'no permission' && reason !== 'not trusted'
}

function sayChange(change: Change): string {
  switch (change.type) {
    case 'fleet':
      return sayInstances(change.instances)
    case 'circuit':
      return `${printable(change.name)}  ${sayCircuit(change)}`
    case 'gone':
      return `${printable(change.name)}  no longer registered`
    case 'link':
      return change.connected ? 'connected again' : `no connection: ${change.reason}`
  }
}
