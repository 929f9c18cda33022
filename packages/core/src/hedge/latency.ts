/** An estimate of one percentile of a stream of latencies. */
export interface MovingPercentile {
  record(latencyMs: number): void
  /** Milliseconds; undefined until enough were recorded. */
  value(): number | undefined
}

/** How far back the mean and the variance look, in samples. */
const age = 100
/** A step of the estimate, in standard deviations. */
const stepRatio = 0.01

/**
 * Follows one percentile without keeping samples (M. Jambon's windowless moving percentile): every sample above moves
 * the estimate up, every one below down, in steps whose balance is at the percentile.
 */
export function movingPercentile(percentile: number, warmUp: number): MovingPercentile {
  const alpha = 2 / (age + 1)
  let count = 0
  let mean = 0
  let variance = 0
  let estimate = 0
  return {
    record(latencyMs) {
      if (count++ === 0) {
        mean = latencyMs
        estimate = latencyMs
        return
      }
      const difference = latencyMs - mean
      mean += alpha * difference
      variance = (1 - alpha) * (variance + alpha * difference * difference)
      const step = stepRatio * Math.sqrt(variance)
      if (latencyMs < estimate) estimate = Math.max(0, estimate - step / percentile)
      else if (latencyMs > estimate) estimate += step / (1 - percentile)
    },
    value: () => (count < warmUp ? undefined : estimate),
  }
}
