import type { Sample } from './load.ts'
import { attemptMs } from './policies.ts'
import { isDown } from './schedule.ts'
import type { Phase } from './schedule.ts'

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
  phases: readonly Phase[],
  sentToPrimaryWhileDown: number,
): Result {
  const overs = phases.filter(isDown).map((phase) => firstBucket(samples, phase, isServedByStandby))
  const up = phases.slice(phases.findLastIndex(isDown) + 1)
  return {
    success: successOf(samples),
    p50Ms: percentile(samples, 0.5),
    p99Ms: percentile(samples, 0.99),
    sentToPrimaryWhileDown,
    failOverMs: longest(overs),
    failBackMs: firstBucket(samples, span(up), isServedByPrimary),
  }
}

export function successOf(samples: readonly Sample[]): number {
  return share(samples, ({ ok }) => ok)
}

/** The latency that a share `p` of all requests does not exceed; failed ones with the time that they took to fail. */
export function percentile(samples: readonly Sample[], p: number): number {
  const sorted = samples.map(({ latencyMs }) => latencyMs).sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * p) - 1)] ?? Number.NaN
}

/** Samples by when they were due, from `fromMs` on in `count` buckets of `sizeMs`. */
export function buckets(
  samples: readonly Sample[],
  fromMs: number,
  count: number,
  sizeMs: number,
): readonly Sample[][] {
  const all: Sample[][] = Array.from({ length: count }, () => [])
  for (const sample of samples) all[Math.floor((sample.atMs - fromMs) / sizeMs)]?.push(sample)
  return all
}

type Span = Pick<Phase, 'startMs' | 'endMs'>

/** From the first of the phases to the last. */
function span(phases: readonly Phase[]): Span {
  return { startMs: phases[0]?.startMs ?? 0, endMs: phases.at(-1)?.endMs ?? 0 }
}

/** Milliseconds from the start of a span to its first bucket that fits. */
function firstBucket(
  samples: readonly Sample[],
  { startMs, endMs }: Span,
  fits: (bucket: readonly Sample[]) => boolean,
): number | undefined {
  const inPhase = samples.filter(({ atMs }) => atMs >= startMs && atMs < endMs)
  const first = buckets(inPhase, startMs, Math.ceil((endMs - startMs) / bucketMs), bucketMs).findIndex(fits)
  return first < 0 ? undefined : first * bucketMs
}

/** Without having waited for the primary's timeout before. */
function isServedByStandby(bucket: readonly Sample[]): boolean {
  const isPrompt = ({ servedBy, latencyMs }: Sample): boolean =>
    servedBy === 'standby' && latencyMs < attemptMs
  return successOf(bucket) >= 0.99 && share(bucket, isPrompt) >= 0.9
}

function isServedByPrimary(bucket: readonly Sample[]): boolean {
  return share(bucket, ({ servedBy }) => servedBy === 'primary') >= 0.9
}

function longest(times: readonly (number | undefined)[]): number | undefined {
  let most: number | undefined
  for (const time of times) {
    if (time === undefined) return undefined
    most = Math.max(most ?? 0, time)
  }
  return most
}

function share(samples: readonly Sample[], fits: (sample: Sample) => boolean): number {
  return samples.length === 0 ? 0 : samples.filter(fits).length / samples.length
}
