import { CircuitView } from './circuit-view.ts'
import { LonelyProbe } from './lonely-probe.ts'
import { objectId } from './name.ts'
import { Probes } from './probes.ts'
import type { CircuitReply } from './protocol/flush.ts'
import type { Status } from './protocol/status.ts'
import { Votes } from './votes.ts'

/** How an instance names an endpoint to the fleet. */
export interface SharedEndpoint {
  readonly name: string
  /** 0 for a primary; the higher, the later it is used. At most 999. */
  readonly group: number
}

/** One endpoint as an instance knows it, and what the instance has to say of it. */
export class EndpointHealth implements SharedEndpoint {
  readonly name: string
  readonly id: string
  group: number
  readonly view: CircuitView = new CircuitView()
  readonly votes: Votes
  readonly probes: Probes = new Probes()
  readonly lonely: LonelyProbe
  /** The server is behind: it has to be told, even if there is nothing else to say. */
  claims = false
  /** The service has too many endpoints for the fleet to know this one. */
  unknown = false

  constructor({ name, group }: SharedEndpoint, random: () => number, now: number) {
    this.name = name
    this.id = objectId([name])
    this.group = group
    this.votes = new Votes(random, now)
    this.lonely = new LonelyProbe(random)
  }

  get epoch(): number {
    return this.view.epoch
  }

  /** `closed` is healthy, `open` is ejected, and `half-open` is on its way back. */
  get status(): Status {
    return this.lonely.foundWell ? 'closed' : this.view.status
  }

  /** How long it stays ejected before it is probed. */
  remainingMs(now: number): number {
    return this.lonely.foundWell ? 0 : this.view.remainingMs(now)
  }

  /**
   * The server has been heard. Whether it had news; the caller has seen to it that they lead on. `alone`: nothing can be said
   * to it all the same.
   */
  learn(reply: CircuitReply, now: number, alone: boolean): boolean {
    const before = this.status
    const news = this.view.learn(reply, now)
    if (news) {
      this.votes.clear()
      this.probes.clear()
    }
    if (news || !alone) this.lonely.end()
    return this.status !== before || (news && this.status !== 'closed')
  }
}
