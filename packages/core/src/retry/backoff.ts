import { checkOptions, durationMs, HoldfastConfigError, number, oneOf } from '../check.ts'
import type { Rule } from '../check.ts'

export type Jitter = 'none' | 'full' | 'equal' | 'bounded' | 'aws-decorrelated' | 'decorrelated'

export interface BackoffOptions {
  /** Default `exponential`. */
  readonly type?: 'constant' | 'linear' | 'exponential'
  /** The delay before the first retry, before jitter. Default 100. */
  readonly baseMs?: number
  /** No delay is longer, jitter included. Default 2 000, or the base if that is longer. */
  readonly maximumMs?: number
  /** What an exponential delay is multiplied with each time. Default 2, and 2 alone with a decorrelated jitter. */
  readonly factor?: number
  /**
   * `none`; `full`: anything from 0 to the delay; `equal`: half the delay and up to as much again; `bounded`: 80 to
   * 120 %; `aws-decorrelated`: from the base to three times the delay before; `decorrelated`: Polly's second version,
   * which stays on the exponential curve without clusters. The last two have their own curve, so they stand with
   * `exponential` alone. Default: `full` with `constant`, `linear` or a factor, else `decorrelated`.
   */
  readonly jitter?: Jitter
}

/** The delays of one call, one after the other. */
export interface Delays {
  /** Milliseconds before retry `retry` (1 is the first). `random` is uniform in [0, 1). */
  next(retry: number, random: () => number): number
}

export interface Backoff {
  start(): Delays
  /** No first delay is shorter. */
  readonly shortestMs: number
  describe(): Readonly<Record<string, unknown>>
}

const rules: Readonly<Record<string, Rule>> = {
  type: oneOf('constant', 'linear', 'exponential'),
  baseMs: durationMs(),
  maximumMs: durationMs(),
  factor: number(1, 1_000),
  jitter: oneOf('none', 'full', 'equal', 'bounded', 'aws-decorrelated', 'decorrelated'),
}

/** How long to wait between attempts. */
export function backoff(given: BackoffOptions = {}): Backoff {
  const options = checkOptions('backoff', given, rules)
  const { type = 'exponential', baseMs = 100, factor = 2 } = options
  const { maximumMs = Math.max(2_000, baseMs) } = options
  const ownCurve = type === 'exponential' && factor === 2
  const { jitter = ownCurve ? 'decorrelated' : 'full' } = options
  checkTogether({ type, factor, baseMs, maximumMs, jitter }, options)
  const chosen = { type, baseMs, maximumMs, factor, jitter }
  const described = type === 'exponential' ? chosen : { type, baseMs, maximumMs, jitter }
  const shortestMs = delaysOf(chosen).next(1, () => 0)
  return { start: () => delaysOf(chosen), shortestMs, describe: () => ({ ...described }) }
}

/** An option that would change nothing is a mistake. */
function checkTogether(chosen: Required<BackoffOptions>, given: BackoffOptions): void {
  const { type, baseMs, maximumMs, factor, jitter } = chosen
  const hasCurve = jitter === 'decorrelated' || jitter === 'aws-decorrelated'
  if (maximumMs < baseMs) {
    throw new HoldfastConfigError(`backoff: maximumMs must be at least baseMs, ${baseMs}, not ${maximumMs}`)
  }
  if (type !== 'exponential' && given.factor !== undefined) {
    throw new HoldfastConfigError(`backoff: factor must be left out where type is '${type}', not ${factor}`)
  }
  if (hasCurve && type !== 'exponential') {
    throw new HoldfastConfigError(
      `backoff: type must be 'exponential' with jitter '${jitter}', not '${type}'`,
    )
  }
  if (hasCurve && factor !== 2) {
    throw new HoldfastConfigError(`backoff: factor must be 2 with jitter '${jitter}', not ${factor}`)
  }
}

function delaysOf(options: Required<BackoffOptions>): Delays {
  if (options.jitter === 'decorrelated') return decorrelated(options)
  if (options.jitter === 'aws-decorrelated') return awsDecorrelated(options)
  const { maximumMs } = options
  return {
    next(retry, random) {
      const delayMs = Math.min(maximumMs, plainDelayMs(options, retry))
      return Math.min(maximumMs, jittered(options.jitter, delayMs, random))
    },
  }
}

function plainDelayMs({ type, baseMs, factor }: Required<BackoffOptions>, retry: number): number {
  if (baseMs === 0) return 0
  if (type === 'constant') return baseMs
  return type === 'linear' ? baseMs * retry : baseMs * factor ** (retry - 1)
}

function jittered(jitter: Jitter, delayMs: number, random: () => number): number {
  if (jitter === 'full') return random() * delayMs
  if (jitter === 'equal') return delayMs / 2 + (random() * delayMs) / 2
  if (jitter === 'bounded') return delayMs * (0.8 + 0.4 * random())
  return delayMs
}

function awsDecorrelated({ baseMs, maximumMs }: Required<BackoffOptions>): Delays {
  let previous = baseMs
  return {
    next(_retry, random) {
      previous = Math.min(maximumMs, baseMs + random() * (3 * previous - baseMs))
      return previous
    },
  }
}

/** Makes the median of the first delay about the base. */
const scale = 1.4

function decorrelated({ baseMs, maximumMs }: Required<BackoffOptions>): Delays {
  let previous = 0
  return {
    next(retry, random) {
      const t = retry - 1 + random()
      if (t >= 1_000) return baseMs === 0 ? 0 : maximumMs
      const position = 2 ** t * Math.tanh(Math.sqrt(4 * t))
      const delayMs = Math.max(0, ((position - previous) * baseMs) / scale)
      previous = position
      return Math.min(maximumMs, delayMs)
    },
  }
}
