import type { ProbeReply, ProbeReport, ProbeResult } from './protocol/probe.ts'

/** A call that may find out whether a circuit can close. */
export interface SharedProbe {
  readonly epoch: number
  /** As the server numbered it; 0 where an instance that cannot reach the server probes for itself. */
  readonly number: number
}

interface Token extends SharedProbe {
  /** Not used from then on: the server may count it as lost before the call has ended. */
  readonly until: number
  /** Handed back from then on if nobody has called. */
  readonly returnAt: number
}

/** Of a lease only so much is used, to be on the safe side of the way to the server. */
const usableRatio = 0.9

/** Between two questions of one instance whether there is a probe to have. */
const shortestAskMs = 50
const longestAskMs = 1_000

/** The probes of one epoch that this instance was granted, what it has to report of them, and when it asks for more. */
export class Probes {
  /** When it wants to report, hand back or ask. */
  dueAt: number = Infinity
  /** How many calls would have probed since it asked last. */
  demand = 0
  #tokens: Token[] = []
  #reports: ProbeReport[] = []
  #askedAt = -Infinity
  #patienceMs = 0

  /** One to use now, once. */
  take(now: number): SharedProbe | undefined {
    for (let token = this.#tokens.shift(); token !== undefined; token = this.#tokens.shift()) {
      if (now < token.until) return token
    }
    return undefined
  }

  /** There is a call and no probe for it. Instances do not all ask at the same moment. */
  wish(now: number, jitterMs: number): void {
    this.demand++
    this.#dueBy(Math.max(now, this.#askedAt + this.#patienceMs) + jitterMs)
  }

  ended({ number: token }: SharedProbe, result: ProbeResult, now: number): void {
    this.#reports.push({ token, result })
    this.#dueBy(now)
  }

  #dueBy(at: number): void {
    this.dueAt = Math.min(this.dueAt, at)
  }

  /** Takes all that there is to say: how many probes there is a wish for, and how others ended. */
  say(now: number): { readonly wishes: number; readonly reports: readonly ProbeReport[] } {
    this.#handBack(({ returnAt }) => returnAt <= now)
    const [wishes, reports] = [this.demand, this.#reports]
    this.demand = 0
    this.#reports = []
    this.#askedAt = now
    this.dueAt = this.#tokens[0]?.returnAt ?? Infinity
    return { wishes, reports }
  }

  /** How the server answered. Who got no probe asks again when the next may be free. */
  answered({ epoch, firstToken, tokens, leaseMs, waitMs }: Omit<ProbeReply, 'type'>, sentAt: number): void {
    this.#patienceMs = Math.min(longestAskMs, Math.max(shortestAskMs, waitMs))
    for (let index = 0; index < tokens; index++) {
      const [until, returnAt] = [sentAt + usableRatio * leaseMs, sentAt + leaseMs / 3]
      this.#tokens.push({ epoch, number: firstToken + index, until, returnAt })
      this.#dueBy(returnAt)
    }
  }

  /** It was not received, or nobody knows: a report that comes twice counts once. */
  failed(reports: readonly ProbeReport[], now: number): void {
    this.#reports.unshift(...reports)
    if (this.#reports.length > 0) this.#dueBy(now + shortestAskMs)
  }

  #handBack(which: (token: Token) => boolean): void {
    const back = this.#tokens.filter(which)
    this.#tokens = this.#tokens.filter((token) => !back.includes(token))
    for (const { number: token } of back) this.#reports.push({ token, result: 'returned' })
  }

  /** All that was not used, and all that was not reported. */
  handBackAll(): readonly ProbeReport[] {
    this.#handBack(() => true)
    return this.#reports
  }

  /** What was granted before cannot be relied on. */
  dropTokens(): void {
    this.#tokens = []
  }

  /** Another epoch has begun. */
  clear(): void {
    this.dropTokens()
    this.#reports = []
    this.demand = this.#patienceMs = 0
    this.dueAt = Infinity
  }
}
