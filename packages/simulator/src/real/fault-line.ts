import { tcpProxy } from '@holdfast/faults'
import type { TcpFaults, TcpProxy } from '@holdfast/faults'
import type { Injection } from '../injection.ts'
import { networkBetween } from '../services/network-between.ts'
import { means } from '../places.ts'
import type { Place } from '../places.ts'
import type { Client, Network, Service } from '../scenario.ts'

/** Between which two a line is, and what it is like when nothing is wrong. */
export interface Course {
  readonly from: Place<Client | Service>
  readonly to: Place<Service>
  readonly usual: Network | undefined
  /** For delays that are drawn. */
  readonly random: () => number
}

/** The way from one sender to one replica: a proxy, in which faults of the network and outages take place. */
export class FaultLine {
  readonly course: Course
  readonly #proxy: TcpProxy
  #isDown = false

  private constructor(course: Course, proxy: TcpProxy) {
    this.course = course
    this.#proxy = proxy
  }

  /** `port`: the replica's own. */
  static async open(course: Course, port: number): Promise<FaultLine> {
    const line = new FaultLine(course, await tcpProxy({ target: { port }, random: course.random }))
    await line.suffer([])
    return line
  }

  /** Where the sender reaches the replica. */
  get port(): number {
    return this.#proxy.port
  }

  /** Lets these be all that is wrong. Rejects where the replica is up again and its port is taken. */
  async suffer(injections: Iterable<Injection>): Promise<void> {
    const { from, to, usual } = this.course
    const all = [...injections]
    this.#proxy.set(tcpFaults(networkBetween(from, to, usual, all)))
    const wasDown = this.#isDown
    this.#isDown = all.some((each) => each.kind === 'down' && means(each.target, to))
    if (wasDown && !this.#isDown) await this.#proxy.accept()
    if (wasDown || !this.#isDown) return
    this.#proxy.refuse()
    this.#proxy.reset()
  }

  close(): Promise<void> {
    return this.#proxy.stop()
  }
}

/** Either all is lost or nothing is: what is in between is no network for TCP. */
function tcpFaults({ delayMs = 0, lossRatio = 0 }: Network): TcpFaults {
  return lossRatio === 1 ? { blackHole: true } : { delayMs }
}
