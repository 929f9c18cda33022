import { statuses } from '@holdfast/core/protocol'
import type { EndpointRecord, HealthRecord } from '../../packages/core/src/share/protocol/health-record.ts'
import type { Keys } from './scripted-server.ts'

/** The keys that the record of a service stands for at `now`, by their last letter. */
export function healthKeysOf(record: HealthRecord, now: number): Keys {
  const { reporters, failing, leases } = record
  const told = Object.entries(reporters).map(([name, { sequence, second }]) => [
    name,
    `${sequence},${second}`,
  ])
  const keys: Keys = {
    c: { type: 'hash', expiresAt: record.expiresAt, content: serviceFields(record) },
    i: { type: 'hash', expiresAt: record.reportersExpireAt, content: Object.fromEntries(told) },
    v: { type: 'zset', expiresAt: record.failingExpireAt, content: failing },
    p: { type: 'zset', expiresAt: record.leasesExpireAt, content: leases },
  }
  return Object.fromEntries(
    // Every content above is an object.
    Object.entries(keys).filter(
      ([, { expiresAt, content }]) => expiresAt > now && Object.keys(content as object).length > 0,
    ),
  )
}

function serviceFields(record: HealthRecord): Readonly<Record<string, string>> {
  const { epoch, active, since, panic, begun, bucket, policyVersion, policy, endpoints } = record
  const binding = policyVersion === 0 ? {} : { pv: `${policyVersion}`, pt: policy }
  const states = [...endpoints].map(([id, each]) => [`s:${id}`, stateText(each)])
  const counting = [...endpoints].filter(([, { bucketMs }]) => bucketMs > 0)
  return {
    g: [epoch, active, since, panic ? 1 : 0, begun, bucket].join(','),
    l: [...endpoints.keys()].join(','),
    ...binding,
    ...Object.fromEntries(states),
    ...Object.fromEntries(counting.map(([id, each]) => [`r:${id}`, ringText(each)])),
  }
}

function stateText(endpoint: EndpointRecord): string {
  const { group, epoch, status, until, openMs, openings, since, seen, held } = endpoint
  const { succeeded, failed, lost, granted, numbered, returned } = endpoint
  const standing = [group, statuses.indexOf(status), held ? 1 : 0, epoch, until, openMs, openings, since]
  return [...standing, succeeded, failed, lost, granted, numbered, returned, seen].join(',')
}

function ringText({ bucketMs, bucket, successes, failures }: EndpointRecord): string {
  return [bucketMs, bucket, ...successes, ...failures].join(',')
}
