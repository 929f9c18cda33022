import { bulkhead, circuitBreaker, keyed, pipeline } from '@holdfast/core'
import type { Part, Pipeline, PipelineOptions } from '@holdfast/core'
import type { Database } from './database.ts'

const limit = 10
const queue = { size: 20, maximumWaitMs: 100 }

/** One circuit and one limit for all: who asks most gets most, and who fails most fails for all. */
const inCommon = (): readonly Part[] => [circuitBreaker(), bulkhead({ limit, queue })]

/** A circuit and a limit for each tenant; that of the database stands behind them all. */
const forEachTenant = (): readonly Part[] => [
  keyed(() => [circuitBreaker(), bulkhead({ name: 'share', limit: 4, queue: { ...queue, size: 4 } })], {
    maximum: 1_000,
  }),
  bulkhead({ limit, queue }),
]

export const variants: Readonly<Record<string, () => readonly Part[]>> = {
  'in common': inCommon,
  'for each tenant': forEachTenant,
}

export class Reports {
  readonly pipeline: Pipeline
  readonly #database: Database

  constructor(database: Database, parts: readonly Part[], options: PipelineOptions = {}) {
    this.#database = database
    this.pipeline = pipeline('reports', parts, options)
  }

  of(tenant: string): Promise<string> {
    return this.pipeline.execute((call) => this.#database.report(call), { key: tenant })
  }
}
