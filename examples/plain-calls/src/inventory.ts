import { bulkhead, circuitBreaker, fallback, pipeline, retry, timeout } from '@holdfast/core'
import type { Pipeline, PipelineOptions } from '@holdfast/core'
import type { Stock, Warehouse } from './warehouse.ts'

/** How this service asks the warehouse: one pipeline, made once, and a function that everybody calls. */
export class Inventory {
  readonly pipeline: Pipeline
  // A second instead of ten, and 10 calls instead of 20: the story is short.
  readonly breaker = circuitBreaker({
    window: { type: 'time', durationMs: 1_000 },
    minimumCalls: 10,
    openMs: 200,
  })
  readonly #warehouse: Warehouse

  constructor(warehouse: Warehouse, options: PipelineOptions = {}) {
    this.#warehouse = warehouse
    const parts = [
      fallback({ run: (_error, call): Stock => ({ sku: call.key ?? '', pieces: 'unknown' }) }),
      retry({ attempts: 3, backoff: { baseMs: 10, maximumMs: 100 } }),
      this.breaker,
      timeout({ durationMs: 100 }),
      bulkhead({ limit: 20 }),
    ]
    this.pipeline = pipeline('inventory', parts, options)
  }

  /** Always answers, and soon: what is not known is `unknown`. */
  stockOf(sku: string): Promise<Stock> {
    return this.pipeline.execute((call) => this.#warehouse.stockOf(sku, call), { key: sku })
  }
}
