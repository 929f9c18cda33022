import { hedge, pipeline, timeout } from '@holdfast/core'
import type { Part, Pipeline, PipelineOptions } from '@holdfast/core'
import type { Replicas } from './replicas.ts'

const attempt = (): Part => timeout({ durationMs: 1_000 })

export const variants: Readonly<Record<string, () => readonly Part[]>> = {
  plain: () => [attempt()],
  // Another read beside one that is slower than 95 % of those before it, as long as the budget pays.
  hedged: () => [hedge({ delayMs: { percentile: 0.95, warmUp: 50 } }), attempt()],
}

export class Reads {
  readonly pipeline: Pipeline
  readonly #replicas: Replicas

  constructor(replicas: Replicas, parts: readonly Part[], options: PipelineOptions = {}) {
    this.#replicas = replicas
    this.pipeline = pipeline('reads', parts, options)
  }

  valueOf(key: string): Promise<string> {
    return this.pipeline.execute((call) => this.#replicas.read(call), { key })
  }
}
