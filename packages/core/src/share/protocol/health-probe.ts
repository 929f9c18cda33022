import { emptyRecord } from './breaker-record.ts'
import type { BreakerRecord } from './breaker-record.ts'
import { mendEndpoint } from './health-change.ts'
import type { HealthPolicy } from './health-policy.ts'
import {
  emptyEndpoint,
  endpointState,
  healthKeepMs,
  healthRulesOf,
  livingHealth,
  notOf,
  withEndpoint,
} from './health-record.ts'
import type { EndpointRecord, HealthRecord } from './health-record.ts'
import { regulate } from './health-register.ts'
import type { HealthProbeReply, HealthProbeRequest, HealthStep } from './health-request.ts'
import type { EndpointMessage } from './message.ts'
import { probe } from './probe.ts'
import type { ProbeReply } from './probe.ts'

type HealthProbeStep = HealthStep<HealthProbeReply>

type Particulars = Pick<ProbeReply, 'dropped' | 'firstToken' | 'tokens' | 'leaseMs' | 'waitMs' | 'expired'>

const nothing: Particulars = { dropped: 'none', firstToken: 0, tokens: 0, leaseMs: 0, waitMs: 0, expired: 0 }

/**
 * Lets one ejected endpoint come back as a circuit does: by a fixed total of probes in each half-open epoch. Of an
 * endpoint that the server does not know it learns by the next flush.
 */
export function probeHealth(found: HealthRecord, request: HealthProbeRequest, now: number): HealthProbeStep {
  const record = livingHealth(found, now)
  const policy = healthRulesOf(record, request.policy)
  const { id, endpoint, claim, reports, wanted } = request
  const known = record.endpoints.get(endpoint)
  if (known === undefined) {
    const dropped = reports.length === 0 ? 'none' : 'epoch'
    return finish(record, request, { ...nothing, dropped }, undefined, policy, now)
  }
  const mended = mendEndpoint(record, request, claim, policy, now)
  if (mended !== undefined) {
    return finish(mended.record, request, { ...nothing, dropped: 'repaired' }, mended.message, policy, now)
  }
  const asked = { type: 'probe', id, claim, reports, wanted, policy } as const
  const { record: circuit, reply, message } = probe(circuitOf(record, endpoint, known), asked, now)
  // A recovery does not make up for the ejections before it: time does.
  const openings = circuit.status === 'closed' ? known.openings : circuit.openings
  const changed =
    message?.type === 'change' ? ({ ...message, type: 'endpoint', endpoint, openings } as const) : undefined
  const probed = withCircuit(record, endpoint, { ...circuit, openings })
  const granted = reply.tokens === 0 ? probed : { ...probed, leasesExpireAt: now + healthKeepMs(policy) }
  return finish(granted, request, reply, changed, policy, now)
}

/** The endpoint as if it were a circuit of its own. */
function circuitOf(record: HealthRecord, id: string, endpoint: EndpointRecord): BreakerRecord {
  const own = Object.entries(record.leases).filter(([name]) => name.startsWith(`${id}:`))
  const leases = Object.fromEntries(own.map(([name, end]) => [name.slice(id.length + 1), end]))
  const { group: _, seen: __, held: ___, ...circuit } = endpoint
  return { ...emptyRecord, ...circuit, leases, expiresAt: Infinity, leasesExpireAt: Infinity }
}

function withCircuit(record: HealthRecord, id: string, circuit: BreakerRecord): HealthRecord {
  const { group, seen, held } = record.endpoints.get(id) ?? emptyEndpoint
  const { epoch, status, until, openMs, openings, since } = circuit
  const { succeeded, failed, lost, granted, numbered, returned } = circuit
  const { bucketMs, bucket, successes, failures } = circuit
  const named = Object.entries(circuit.leases).map(([name, end]) => [`${id}:${name}`, end] as const)
  const endpoint: EndpointRecord = {
    ...{ group, seen, held, epoch, status, until, openMs, openings, since },
    ...{ succeeded, failed, lost, granted, numbered, returned },
    ...{ bucketMs, bucket, successes, failures },
  }
  const leases = { ...notOf(id, record.leases), ...Object.fromEntries(named) }
  return withEndpoint({ ...record, leases }, id, endpoint)
}

/** Lets the register follow, and answers. */
function finish(
  probed: HealthRecord,
  request: HealthProbeRequest,
  { dropped, firstToken, tokens, leaseMs, waitMs, expired }: Particulars,
  changed: EndpointMessage | undefined,
  policy: HealthPolicy,
  now: number,
): HealthProbeStep {
  const { record, message } = regulate(probed, request.id, undefined, policy, now)
  const messages = [...(changed ? [changed] : []), ...(message ? [message] : [])]
  const { epoch, active, panic, policyVersion } = record
  const reply: HealthProbeReply = {
    ...endpointState(record, request.endpoint, now),
    ...{ type: 'health-probe', dropped, firstToken, tokens, leaseMs, waitMs, expired },
    register: { epoch, active, panic },
    outdated: request.policy.version < policyVersion,
  }
  const renews = messages.length > 0 || tokens > 0
  const kept = renews ? { ...record, expiresAt: now + healthKeepMs(policy) } : record
  return { record: kept, reply, messages }
}
