import type {
  BudgetRequest,
  HeartbeatRequest,
  LimitRequest,
  PermitRequest,
  RegistryRequest,
  SliceRequest,
} from '@holdfast/core/protocol'
import { budget, emptyBudget } from '../../packages/core/src/share/protocol/budget.ts'
import type { BudgetRecord } from '../../packages/core/src/share/protocol/budget.ts'
import { emptyRegistry, heartbeat, registry } from '../../packages/core/src/share/protocol/heartbeat.ts'
import type { RegistryRecord } from '../../packages/core/src/share/protocol/heartbeat.ts'
import { emptyLimit, limit } from '../../packages/core/src/share/protocol/limit.ts'
import type { LimitRecord } from '../../packages/core/src/share/protocol/limit.ts'
import { emptyPermits, permit } from '../../packages/core/src/share/protocol/permit.ts'
import type { PermitRecord } from '../../packages/core/src/share/protocol/permit.ts'
import { sum } from '../../packages/core/src/share/protocol/ring.ts'
import { emptySlices, slice } from '../../packages/core/src/share/protocol/slice.ts'
import type { Slice, SliceRecord } from '../../packages/core/src/share/protocol/slice.ts'
import { fieldsOf } from './twins.ts'
import type { Twin } from './twins.ts'

export const slices: Twin<SliceRecord, SliceRequest> = {
  kind: 'k',
  letters: ['h', 'z'],
  empty: emptySlices,
  serve: slice,
  keys: (record) => ({
    h: { type: 'hash', expiresAt: record.expiresAt, content: sliceFields(record) },
    z: { type: 'zset', expiresAt: record.leasesExpireAt, content: record.leases },
  }),
  without: (record, letter) =>
    letter === 'h'
      ? { ...record, slices: {}, longestMs: 0, askedAt: 0, expiresAt: 0 }
      : { ...record, leases: {}, leasesExpireAt: 0 },
}

function sliceFields({ slices: all, longestMs, askedAt }: SliceRecord): Readonly<Record<string, string>> {
  const each = Object.entries(all)
  if (each.length === 0) return {}
  const total = (field: keyof Slice): number => sum(each.map(([, held]) => held[field]))
  const sums = [total('permits'), total('target'), total('want'), each.length, longestMs, askedAt]
  const fields = each.map(([name, { permits, target, want, sequence }]) => [
    name,
    [permits, target, want, sequence].join(','),
  ])
  return { '=': sums.join(','), ...Object.fromEntries(fields) }
}

export const permits: Twin<PermitRecord, PermitRequest> = {
  kind: 'k',
  letters: ['t'],
  empty: emptyPermits,
  serve: permit,
  keys: (record) => ({ t: { type: 'zset', expiresAt: record.expiresAt, content: record.permits } }),
  without: () => emptyPermits,
}

/** The clock of a test always stands just before the next millisecond. */
const beforeNext = 999

export const limits: Twin<LimitRecord, LimitRequest> = {
  kind: 'r',
  letters: ['g'],
  empty: emptyLimit,
  serve: (record, request, now) => limit(record, request, 1_000 * now + beforeNext),
  keys: ({ arrival, expiresAt }) => ({
    g: { type: 'string', expiresAt: Math.floor(expiresAt / 1_000), content: [String(arrival)] },
  }),
  without: () => emptyLimit,
}

export const budgets: Twin<BudgetRecord, BudgetRequest> = {
  kind: 'y',
  letters: ['c', 'i'],
  empty: emptyBudget,
  serve: budget,
  keys: ({ ring, expiresAt, reporters, reportersExpireAt }) => ({
    c: {
      type: 'hash',
      expiresAt,
      content: fieldsOf({
        bm: ring.bucketMs,
        b: ring.bucket,
        S: sum(ring.successes),
        F: sum(ring.failures),
        ...Object.fromEntries(ring.successes.map((count, slot) => [`s${slot}`, count])),
        ...Object.fromEntries(ring.failures.map((count, slot) => [`f${slot}`, count])),
      }),
    },
    i: {
      type: 'hash',
      expiresAt: reportersExpireAt,
      content: Object.fromEntries(
        Object.entries(reporters).map(([name, { sequence, second }]) => [name, `${sequence},${second}`]),
      ),
    },
  }),
  without: (record, letter) =>
    letter === 'c'
      ? { ...record, ring: emptyBudget.ring, expiresAt: 0 }
      : { ...record, reporters: {}, reportersExpireAt: 0 },
}

/** There is one for each prefix. */
export function registries(prefix: string): Twin<RegistryRecord, HeartbeatRequest | RegistryRequest> {
  return {
    prefix,
    kind: 'reg',
    letters: ['n', 'm'],
    empty: emptyRegistry,
    serve: (record, request, now) =>
      request.type === 'heartbeat'
        ? heartbeat(record, request, now)
        : { record, reply: registry(record, request, now) },
    keys: ({ instances, instancesExpireAt, objects, objectsExpireAt }) => ({
      n: { type: 'zset', expiresAt: instancesExpireAt, content: instances },
      m: { type: 'zset', expiresAt: objectsExpireAt, content: objects },
    }),
    without: (record, letter) =>
      letter === 'n'
        ? { ...record, instances: {}, instancesExpireAt: 0 }
        : { ...record, objects: {}, objectsExpireAt: 0 },
  }
}
