import type { EndpointHealth } from './endpoint-health.ts'
import type { Moment } from './exchange.ts'
import type { CircuitReply } from './protocol/flush.ts'
import type { RegisterReply } from './protocol/health-register.ts'
import type { HealthLookReply } from './protocol/health-request.ts'
import type { Message } from './protocol/message.ts'
import { absurdMs } from './protocol/status.ts'
import type { SharedHealth } from './shared-health.ts'

/** What every reply says, besides of endpoints. */
interface Head {
  readonly type: string
  readonly register: RegisterReply
  readonly outdated: boolean
}

/** An endpoint's state as a reply has it, which may say that it had to be repaired. */
interface Told extends CircuitReply {
  readonly dropped?: string
}

/** What the server and its pushes tell of a service, and whether it knows less than this instance. */
export class HealthNews {
  heardAt: number = -Infinity
  /** When the server has to be told what it does not know. */
  claimAt: number = Infinity
  readonly #health: SharedHealth
  #registerLearnedAt = -Infinity
  #outdated = false

  constructor(health: SharedHealth) {
    this.#health = health
  }

  looked(asked: readonly (EndpointHealth | undefined)[], reply: HealthLookReply, moment: Moment): void {
    const first = this.heardAt === -Infinity
    const told = this.#take(asked, reply.register, reply.endpoints, moment)
    if (!first && told.length > 0) this.#health.notify({ type: 'push.gap', epoch: Math.max(...told) })
  }

  replied(
    asked: readonly (EndpointHealth | undefined)[],
    { type, register, outdated }: Head,
    states: readonly Told[],
    moment: Moment,
  ): void {
    const health = this.#health
    if (outdated && !this.#outdated)
      health.notify({ type: 'policy.outdated', version: health.policy.version })
    this.#outdated = outdated
    // A flush restores what the server lacks: if it still has less, then because it took the claim for absurd.
    const leadsBack = type === 'health-flush' && isAbsurd(health.register.epoch, register.epoch)
    if (leadsBack) this.#adopt(register, moment.now)
    this.#take(asked, register, states, moment)
  }

  /** The epochs that were news. */
  #take(
    asked: readonly (EndpointHealth | undefined)[],
    register: RegisterReply,
    states: readonly Told[],
    moment: Moment,
  ): readonly number[] {
    const epochs: number[] = []
    let changed = this.#accompanied(moment.now)
    for (const [index, endpoint] of asked.entries()) {
      const state = states[index]
      if (endpoint === undefined || state === undefined) continue
      const before = endpoint.epoch
      if (this.#learnOf(endpoint, state, moment)) changed = true
      if (endpoint.epoch !== before) epochs.push(endpoint.epoch)
    }
    if (this.#learnRegister(register, moment)) {
      epochs.push(register.epoch)
      changed = true
    }
    if (changed) this.#health.changed()
    return epochs
  }

  /** Whether the instance was alone, and is no longer. Looks are heard at times where nothing can be said. */
  #accompanied(now: number): boolean {
    const health = this.#health
    const { alone } = health
    this.heardAt = now
    health.alone = health.fleet.isDown || health.broken
    return alone && !health.alone
  }

  #learnOf(endpoint: EndpointHealth, state: Told, moment: Moment): boolean {
    const { epoch, status } = endpoint.view
    // Two servers may have given one epoch to two states: only a claim settles it.
    const differs = state.epoch === epoch && state.status !== status
    const leads = state.epoch > epoch || (state.dropped === 'repaired' && isAbsurd(epoch, state.epoch))
    if (!leads && (state.epoch < epoch || differs)) {
      // Unless it answered before this instance learned of it.
      if (moment.sentAt <= endpoint.view.learnedAt) return false
      endpoint.claims = true
      this.claimAt = Math.min(this.claimAt, moment.now)
      return false
    }
    return endpoint.learn(this.#believed(state), moment.now, this.#health.alone)
  }

  #learnRegister(told: RegisterReply, { now, sentAt }: Moment): boolean {
    const { register } = this.#health
    const differs = told.active !== register.active || told.panic !== register.panic
    if (told.epoch > register.epoch) return this.#adopt(told, now)
    if (told.epoch === register.epoch && !differs) return false
    if (sentAt > this.#registerLearnedAt) this.claimAt = Math.min(this.claimAt, now)
    return false
  }

  #adopt({ epoch, active, panic }: RegisterReply, now: number): boolean {
    this.#registerLearnedAt = now
    this.#health.register = { epoch, active, panic }
    return true
  }

  /** No ejection is believed to last longer than the rules allow. */
  #believed(state: CircuitReply): CircuitReply {
    const { openMs, maximumOpenMs } = this.#health.policy
    const most = this.#outdated ? absurdMs : Math.max(openMs, maximumOpenMs)
    return { ...state, remainingMs: Math.min(state.remainingMs, most) }
  }

  /** What a push says. */
  pushed(message: Message, now: number): void {
    if (message.type === 'register') this.#pushedRegister(message, now)
    if (message.type === 'endpoint') this.#pushedEndpoint(message, now)
  }

  #pushedRegister(message: Message & { readonly type: 'register' }, now: number): void {
    const { epoch } = this.#health.register
    const leadsBack = message.reason === 'rebased' && isAbsurd(epoch, message.epoch)
    if (message.epoch <= epoch && !leadsBack) return
    this.#adopt(message, now)
    this.#health.changed()
  }

  #pushedEndpoint(message: Message & { readonly type: 'endpoint' }, now: number): void {
    const endpoint = [...this.#health.endpoints].find(({ id }) => id === message.endpoint)
    if (endpoint === undefined) return
    const { epoch, reason } = message
    if (epoch <= endpoint.epoch && !(reason === 'rebased' && isAbsurd(endpoint.epoch, epoch))) return
    if (endpoint.learn(this.#believed(message), now, this.#health.alone)) this.#health.changed()
    if (reason === 'restored' || reason === 'conflict' || reason === 'rebased') {
      this.#health.notify({ type: `epoch.${reason}`, epoch })
    }
  }
}

/** Whether what this instance holds is from a clock that was wrong by days. */
function isAbsurd(own: number, told: number): boolean {
  return own - told >= absurdMs / 2
}
