import type { BreakerPolicy } from './breaker-policy.ts'
import type { CircuitReply } from './flush.ts'
import type { ChangeMessage } from './message.ts'
import type { ProbeReport, ProbeResult } from './probe.ts'
import type { Reply, Request } from './request.ts'
import { absurdMs } from './status.ts'
import type { Claim, Status } from './status.ts'

/** A probe that an instance was granted, with the moment in true time from which on the server may have given it up. */
interface SmallToken {
  readonly epoch: number
  readonly number: number
  readonly until: number
  readonly leaseEnds: number
}

/** What an instance waits for. */
interface Flight {
  readonly request: Request
  readonly sentAt: number
  /** Whether the instance has learned of another epoch since. */
  readonly outrun: boolean
  readonly served: boolean
  readonly reply?: Reply
  readonly servedAt: number
}

/** The client's part in a shared circuit without its clock, lanes and events: what it may do, it may do at any time. */
export interface SmallInstance {
  readonly name: string
  /** Which of the servers it talks to. */
  readonly server: number
  readonly epoch: number
  readonly status: Status
  readonly until: number
  readonly openings: number
  /** Whether the server has to be told that it is behind. */
  readonly claims: boolean
  readonly successes: number
  readonly failures: number
  readonly sequence: number
  readonly tokens: readonly SmallToken[]
  readonly running: readonly SmallToken[]
  readonly reports: readonly ProbeReport[]
  readonly flight?: Flight
  /** Requests that it has given up and that may be carried out yet. */
  readonly late: readonly Request[]
  readonly pushes: readonly ChangeMessage[]
}

export function newInstance(name: string): SmallInstance {
  return {
    name,
    server: 0,
    epoch: 0,
    status: 'closed',
    until: 0,
    openings: 0,
    claims: false,
    successes: 0,
    failures: 0,
    sequence: 0,
    tokens: [],
    running: [],
    reports: [],
    late: [],
    pushes: [],
  }
}

export function claimOf({ epoch, status, until, openings }: SmallInstance, now: number): Claim {
  return { epoch, status, remainingMs: status === 'open' ? Math.max(0, until - now) : 0, openings }
}

export function asked(instance: SmallInstance, request: Request, now: number): SmallInstance {
  const flight: Flight = { request, sentAt: now, outrun: false, served: false, servedAt: now }
  const sent = { ...instance, flight }
  if (request.type === 'flush') {
    return { ...sent, claims: false, successes: 0, failures: 0, sequence: request.sequence }
  }
  return request.type === 'probe' ? { ...sent, reports: [] } : sent
}

function learned(instance: SmallInstance, reply: CircuitReply, now: number): SmallInstance {
  const { epoch, status, openings, remainingMs } = reply
  const news = epoch !== instance.epoch
  const left = instance.status === 'open' ? instance.until - now : 0
  const told = now + remainingMs
  const until = status !== 'open' ? 0 : news || left <= 0 ? told : Math.min(told, instance.until)
  if (!news) return instance.status === 'open' ? { ...instance, until } : instance
  const flight = instance.flight && { ...instance.flight, outrun: true }
  return {
    ...instance,
    epoch,
    status,
    openings,
    until,
    successes: 0,
    failures: 0,
    tokens: [],
    // The end of a probe of another epoch is nobody's business any more.
    running: [],
    reports: [],
    ...(flight && { flight }),
  }
}

function claiming(instance: SmallInstance, { outrun }: Flight): SmallInstance {
  return outrun ? instance : { ...instance, claims: true }
}

const isAbsurd = (instance: SmallInstance, epoch: number): boolean => instance.epoch - epoch >= absurdMs / 2

/** Takes the reply that it waits for. */
export function answered(instance: SmallInstance, policy: BreakerPolicy, now: number): SmallInstance {
  const { flight, ...rest } = instance
  const reply = flight?.reply
  if (flight === undefined || reply === undefined || !('epoch' in reply) || !('status' in reply)) return rest
  const { epoch, status } = rest
  if (reply.type === 'look') {
    const differs = reply.epoch === epoch && reply.status !== status
    return reply.epoch < epoch || differs ? claiming(rest, flight) : learned(rest, reply, now)
  }
  const back = 'dropped' in reply && reply.dropped === 'repaired' && isAbsurd(rest, reply.epoch)
  const after = reply.epoch >= epoch || back ? learned(rest, reply, now) : claiming(rest, flight)
  if (reply.type !== 'probe' || reply.epoch !== after.epoch) return after
  const tokens = Array.from({ length: reply.tokens }, (_, index): SmallToken => {
    const until = flight.sentAt + 0.9 * reply.leaseMs
    const leaseEnds = flight.servedAt + policy.probeLeaseMs
    return { epoch: reply.epoch, number: reply.firstToken + index, until, leaseEnds }
  })
  return { ...after, tokens: [...after.tokens, ...tokens] }
}

/** Gives up waiting. Nobody knows whether the server has heard or yet will. */
export function gaveUp(instance: SmallInstance): SmallInstance {
  const { flight, ...rest } = instance
  if (flight === undefined) return instance
  const { request, served } = flight
  const late = served ? rest.late : [...rest.late, request]
  if (request.type !== 'probe' || request.claim.epoch !== rest.epoch) return { ...rest, late }
  return { ...rest, late, reports: [...request.reports, ...rest.reports] }
}

export function pushed(instance: SmallInstance, message: ChangeMessage, now: number): SmallInstance {
  const { epoch, reason } = message
  const back = reason === 'rebased' && isAbsurd(instance, epoch)
  return epoch > instance.epoch || back ? learned(instance, message, now) : instance
}

/** Whether a push would be news to it. */
export function isNews({ epoch }: SmallInstance, message: ChangeMessage): boolean {
  return message.epoch > epoch || message.reason === 'rebased'
}

export function began(instance: SmallInstance): SmallInstance {
  const [token, ...tokens] = instance.tokens
  return token === undefined ? instance : { ...instance, tokens, running: [...instance.running, token] }
}

export function ended(instance: SmallInstance, result: ProbeResult): SmallInstance {
  const [probe, ...running] = instance.running
  if (probe === undefined) return instance
  return { ...instance, running, reports: [...instance.reports, { token: probe.number, result }] }
}

export function handedBack(instance: SmallInstance): SmallInstance {
  const [token, ...tokens] = instance.tokens
  if (token === undefined) return instance
  return { ...instance, tokens, reports: [...instance.reports, { token: token.number, result: 'returned' }] }
}
