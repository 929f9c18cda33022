import type { Sample } from './load.ts'
import { policies } from './policies.ts'
import type { Phase } from './schedule.ts'

type TimedPhase = Phase & { readonly startMs: number; readonly endMs: number }

/** What came of one gateway. Times are in milliseconds; undefined where it never happened. */
export interface Result {
  readonly success: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly sentToPrimaryWhileDown: number
  /** The longer of the two outages: from its start until the standby serves without a wait. */
  readonly failOverMs: number | undefined
  /** From the primary's return until it serves nine in ten again. */
  readonly failBackMs: number | undefined
}

const bucketMs = 250

export function result(
  samples: readonly Sample[],
  phases: readonly TimedPhase[],
  sentToPrimaryWhileDown: number,
): Result {
  const outages = phases.filter(({ primary }) => primary === 'hung' || primary === 'killed')
  const back = phases.find(({ name }) => name === 'back')
  const overs = outages.map((phase) => failOver(samples, phase))
  return {
    success: successOf(samples),
    p50Ms: percentile(samples, 0.5),
    p99Ms: percentile(samples, 0.99),
    sentToPrimaryWhileDown,
    failOverMs: overs.some((ms) => ms === undefined) ? undefined : Math.max(...(overs as number[])),
    failBackMs: back === undefined ? undefined : failBack(samples, back),
  }
}

export function successOf(samples: readonly Sample[]): number {
  return samples.length === 0 ? 0 : samples.filter(({ ok }) => ok).length / samples.length
}

/** Of all requests, failed ones with the time that they took to fail. */
export function percentile(samples: readonly Sample[], p: number): number {
  const sorted = samples.map(({ latencyMs }) => latencyMs).sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? Number.NaN
}

export function buckets(
  samples: readonly Sample[],
  fromMs: number,
  toMs: number,
  sizeMs: number,
): readonly Sample[][] {
  const all: Sample[][] = Array.from({ length: Math.ceil((toMs - fromMs) / sizeMs) }, () => [])
  for (const sample of samples) {
    if (sample.atMs >= fromMs && sample.atMs < toMs)
      all[Math.floor((sample.atMs - fromMs) / sizeMs)]?.push(sample)
  }
  return all
}

function failOver(samples: readonly Sample[], { startMs, endMs }: TimedPhase): number | undefined {
  const first = buckets(samples, startMs, endMs, bucketMs).findIndex(
    (bucket) => successOf(bucket) >= 0.99 && share(bucket, (sample) => isPrompt(sample, 'standby')) >= 0.9,
  )
  return first < 0 ? undefined : first * bucketMs
}

function failBack(samples: readonly Sample[], { startMs, endMs }: TimedPhase): number | undefined {
  const first = buckets(samples, startMs, endMs, bucketMs).findIndex(
    (bucket) => share(bucket, ({ servedBy }) => servedBy === 'primary') >= 0.9,
  )
  return first < 0 ? undefined : first * bucketMs
}

/** Served without having waited for the other endpoint's timeout. */
function isPrompt({ servedBy, latencyMs }: Sample, by: string): boolean {
  return servedBy === by && latencyMs < policies.attempt.durationMs
}

function share(samples: readonly Sample[], fits: (sample: Sample) => boolean): number {
  return samples.length === 0 ? 0 : samples.filter(fits).length / samples.length
}
