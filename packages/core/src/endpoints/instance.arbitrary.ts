import { EventLog, seededRandom } from '@holdfast/testing'
import type { VirtualClock } from '@holdfast/testing'
import { endpoints, pipeline, share } from '../index.ts'
import type { Call, Endpoints, EndpointsOptions, HoldfastEvent, Pipeline, Share, Store } from '../index.ts'

/** One instance of a service: its own share and its own pipeline. */
export class Instance {
  readonly share: Share
  readonly choice: Endpoints
  readonly pipeline: Pipeline
  readonly events: EventLog<HoldfastEvent>
  readonly went: string[] = []

  constructor(store: Store, clock: VirtualClock, seed: number, options: EndpointsOptions) {
    const random = seededRandom(seed)
    this.share = share(store, { clock, random })
    this.choice = endpoints(options)
    this.pipeline = pipeline('inventory', [this.choice], { clock, random, share: this.share })
    this.events = new EventLog(this.pipeline)
  }

  /** A call that fails at the endpoints in `down`; where it went. */
  async call(...down: readonly string[]): Promise<string> {
    const outcome = await this.pipeline.executeOutcome((call: Call) => {
      const id = call.endpoint?.id ?? 'nowhere'
      this.went.push(id)
      if (down.includes(id)) throw new Error('down')
    })
    return 'error' in outcome ? 'failed' : (this.went.at(-1) as string)
  }

  get states(): readonly string[] {
    return this.choice.statistics().endpoints.map(({ state }) => state)
  }
}

/** Judged by the fleet alone, unless an endpoint never answers. */
export const byFleet: Partial<EndpointsOptions> = {
  balance: 'round-robin',
  ejection: {
    consecutiveFailures: false,
    failureRatio: { ratio: 0.5, minimumCalls: 20 },
    baseMs: 5_000,
    maximumMs: 5_000,
  },
  slowStartMs: 0,
  dwellMs: 10_000,
}
