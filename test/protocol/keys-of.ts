import { overrideStates, statuses } from '@holdfast/core/protocol'
import type { BreakerRecord } from '../../packages/core/src/share/protocol/breaker-record.ts'
import type { AuditEntry, OverrideRecord } from '../../packages/core/src/share/protocol/override-record.ts'
import { sum } from '../../packages/core/src/share/protocol/ring.ts'
import { isDefault } from './scripted-server.ts'
import type { Key, Keys } from './scripted-server.ts'

type Fields = Readonly<Record<string, string | number>>

/** The keys that the records of a circuit stand for at `now`, by their last letter. */
export function keysOf(record: BreakerRecord, said: OverrideRecord, now: number): Keys {
  const { reporters, failing, leases } = record
  const told = Object.entries(reporters).map(([name, { sequence, second }]) => [
    name,
    `${sequence},${second}`,
  ])
  const keys: Keys = {
    c: { type: 'hash', expiresAt: record.expiresAt, content: texts(circuitFields(record)) },
    i: { type: 'hash', expiresAt: record.reportersExpireAt, content: Object.fromEntries(told) },
    v: { type: 'zset', expiresAt: record.failingExpireAt, content: failing },
    p: { type: 'zset', expiresAt: record.leasesExpireAt, content: leases },
    o: { type: 'hash', expiresAt: said.expiresAt, content: texts(overrideFields(said)) },
    a: { type: 'stream', expiresAt: said.auditExpiresAt, content: said.audit.map(auditFields) },
  }
  return Object.fromEntries(Object.entries(keys).filter(([, key]) => isKept(key, now)))
}

function isKept({ expiresAt, content }: Key, now: number): boolean {
  // Every content above is an object.
  return expiresAt > now && Object.keys(content as object).length > 0
}

function circuitFields(record: BreakerRecord): Fields {
  const { successes, failures } = record
  return {
    e: record.epoch,
    st: statuses.indexOf(record.status),
    un: record.until,
    od: record.openMs,
    k: record.openings,
    at: record.since,
    rb: record.reportersBefore,
    ps: record.succeeded,
    pf: record.failed,
    pl: record.lost,
    pg: record.granted,
    pn: record.numbered,
    pr: record.returned,
    pv: record.policyVersion,
    pt: record.policy,
    bm: record.bucketMs,
    b: record.bucket,
    S: sum(successes),
    F: sum(failures),
    ...Object.fromEntries(successes.map((count, slot) => [`s${slot}`, count])),
    ...Object.fromEntries(failures.map((count, slot) => [`f${slot}`, count])),
  }
}

function overrideFields({ epoch, state, until, forMs, by, why, request }: OverrideRecord): Fields {
  return { oe: epoch, ov: overrideStates.indexOf(state), ou: until, od: forMs, by, why, rq: request }
}

function auditFields({ at, state, forMs, by, why, name }: AuditEntry): Readonly<Record<string, string>> {
  const fields: Fields = { at, state: overrideStates.indexOf(state), for: forMs, by, why, name }
  return Object.fromEntries(Object.entries(fields).map(([field, value]) => [field, String(value)]))
}

function texts(fields: Fields): Readonly<Record<string, string>> {
  const all = Object.entries(fields).map(([field, value]) => [field, String(value)] as const)
  return Object.fromEntries(all.filter(([, value]) => !isDefault(value)))
}
