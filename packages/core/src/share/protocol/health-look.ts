import { endpointState, livingHealth } from './health-record.ts'
import type { HealthRecord } from './health-record.ts'
import type { HealthLookReply, HealthLookRequest } from './health-request.ts'

export function lookHealth(found: HealthRecord, request: HealthLookRequest, now: number): HealthLookReply {
  const record = livingHealth(found, now)
  const { epoch, active, panic } = record
  const endpoints = request.endpoints.map((endpoint) => endpointState(record, endpoint, now))
  return { type: 'health-look', register: { epoch, active, panic }, endpoints }
}
