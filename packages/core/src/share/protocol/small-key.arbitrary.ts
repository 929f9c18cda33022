import type { Ledger } from './ledger.arbitrary.ts'
import type { Reply, Request } from './request.ts'
import type { SmallInstance } from './small-instance.arbitrary.ts'
import { startMs } from './small-world.arbitrary.ts'
import type { SmallServer, SmallWorld } from './small-world.arbitrary.ts'

// Written with templates and loops alone: this is where a search spends its time.

/** A text that is the same for worlds that differ by nothing but the names of the instances. */
export function keyOf(world: SmallWorld): string {
  const { left, now, offMs, histories, executed, servers, instances, replica, wrong } = world
  const { calls, steps, looks, lost, doubled, emptied, promoted, setBack } = left
  let key = `${now - startMs},${offMs},${histories},${calls}.${steps}.${looks}.${lost}.${doubled}.${emptied}`
  key += `.${promoted}.${setBack}${wrong ?? ''}`
  for (const epoch in executed) key += `,${short(Number(epoch))}:${executed[epoch]}`
  for (const server of servers) key += `;${keyOfServer(server)}`
  if (promoted > 0) key += `;${keyOfServer(replica)}`
  const keys = instances.map((each) => keyOfInstance(servers, each))
  return `${key};${keys.sort().join(';')}`
}

/** A moment or an epoch. */
function short(at: number): number {
  return at === 0 ? -1 : at - startMs
}

function keyOfServer({ record, ledger }: SmallServer): string {
  const { epoch, status, until, openMs, openings, since, granted, numbered, returned, bucket } = record
  const { succeeded, failed, lost, expiresAt, reportersBefore, successes, failures, leases } = record
  let key = `${short(epoch)}${status}${short(until)},${openMs},${openings},${short(since)},${granted},${numbered}`
  key += `,${returned},${bucket},${succeeded},${failed},${lost},${short(expiresAt)},${reportersBefore}`
  for (let slot = 0; slot < successes.length; slot++) {
    const [good = 0, bad = 0] = [successes[slot], failures[slot]]
    if (good + bad > 0) key += `,${slot}:${good}:${bad}`
  }
  for (const token in leases) key += `,${token}=${short(leases[token] ?? 0)}`
  return key + keyOfProbes(ledger)
}

function keyOfProbes({ probes }: Ledger): string {
  let key = ''
  for (const { number, end } of probes) key += `,${number}${end}`
  return key
}

/** What an instance knows, and what the servers know of it. Of its numbers only matters how far they lie behind. */
function keyOfInstance(servers: readonly SmallServer[], instance: SmallInstance): string {
  const { name, sequence, server, epoch, status, until, openings, claims, successes, failures } = instance
  let key = `${server}${short(epoch)}${status}${short(until)},${openings}${claims ? '!' : ''}${successes}.${failures}`
  for (const { number, until: ends, leaseEnds } of instance.tokens) {
    key += `t${number},${short(ends)},${short(leaseEnds)}`
  }
  for (const { number } of instance.running) key += `r${number}`
  for (const { token, result } of instance.reports) key += `e${token}${result}`
  key += keyOfFlight(instance)
  for (const request of instance.late) key += `l${keyOfRequest(request, sequence)}`
  for (const push of instance.pushes) key += `p${short(push.epoch)}${push.status}${push.remainingMs}`
  for (const { record, ledger } of servers) {
    key += `|${sequence - (record.reporters[name]?.sequence ?? -1)}.${short(record.failing[name] ?? 0)}`
    for (const vote of ledger.votes) {
      if (vote.instance === name) key += `v${short(vote.at)}.${vote.successes}.${vote.failures}`
    }
  }
  return key
}

function keyOfFlight({ flight, sequence }: SmallInstance): string {
  if (flight === undefined) return ''
  const { request, sentAt, servedAt, outrun, served, reply } = flight
  const sent = `f${keyOfRequest(request, sequence)},${short(sentAt)}${outrun ? '!' : ''}`
  return served ? `${sent}s${short(servedAt)}${reply === undefined ? '' : keyOfReply(reply)}` : sent
}

function keyOfReply(reply: Reply): string {
  if (reply.type !== 'look' && reply.type !== 'flush' && reply.type !== 'probe') return reply.type
  const { epoch, status, remainingMs, openings } = reply
  const key = `${reply.type}${short(epoch)}${status}${remainingMs}.${openings}`
  if (reply.type === 'probe') return `${key}.${reply.dropped}.${reply.firstToken}.${reply.tokens}`
  return reply.type === 'flush' ? `${key}.${reply.dropped}` : key
}

function keyOfRequest(request: Request, sequence: number): string {
  if (request.type !== 'flush' && request.type !== 'probe') return request.type
  const { epoch, status, remainingMs, openings } = request.claim
  const key = `${request.type}${short(epoch)}${status}${remainingMs}.${openings}`
  if (request.type === 'flush') {
    return `${key}.${sequence - request.sequence}.${request.successes}.${request.failures}`
  }
  let reports = ''
  for (const { token, result } of request.reports) reports += `${token}${result}`
  return `${key}.${request.wanted}.${reports}`
}
