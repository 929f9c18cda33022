import { Rejection } from '@holdfast/core'
import { codeOf } from './error-code.ts'
import { Histogram } from './histogram.ts'
import type { ClientReport } from '../report.ts'
import type { Client } from '../scenario.ts'
import { Tally } from './tally.ts'

const counted = ['calls', 'good', 'late', 'failed', 'refused', 'cached', 'attempts'] as const

/** Writes down what the callers of one client saw. */
export class ClientRecord {
  readonly #goodWithinMs: number
  readonly #stepMs: number
  readonly #warmUpMs: number
  readonly #tally: Tally<(typeof counted)[number]>
  readonly #latency = new Histogram()
  readonly #latencies: Histogram[] = []
  readonly #errors = new Map<string, number>()

  constructor({ goodWithinMs = Infinity }: Client, stepMs: number, warmUpMs: number) {
    this.#goodWithinMs = goodWithinMs
    this.#stepMs = stepMs
    this.#warmUpMs = warmUpMs
    this.#tally = new Tally(counted, stepMs)
  }

  began(at: number): void {
    this.#count('calls', at)
  }

  /** An attempt of the call that began at a moment. */
  attempted(at: number): void {
    this.#count('attempts', at)
  }

  cached(at: number): void {
    this.#count('cached', at)
    this.answered(at, 0)
  }

  answered(at: number, tookMs: number): void {
    this.#count(tookMs > this.#goodWithinMs ? 'late' : 'good', at)
    const index = Math.floor(at / this.#stepMs)
    while (this.#latencies.length <= index) this.#latencies.push(new Histogram())
    this.#latencies[index]?.add(tookMs)
    if (at >= this.#warmUpMs) this.#latency.add(tookMs)
  }

  failed(at: number, error: unknown): void {
    this.#count('failed', at)
    if (error instanceof Rejection) this.#count('refused', at)
    if (at < this.#warmUpMs) return
    const code = codeOf(error)
    this.#errors.set(code, (this.#errors.get(code) ?? 0) + 1)
  }

  report(): ClientReport {
    const { total } = this.#tally
    const { calls, good, attempts } = total
    return {
      ...total,
      goodRatio: calls === 0 ? null : good / calls,
      latencyMs: this.#latency.report(),
      amplification: calls === 0 ? null : attempts / calls,
      errors: Object.fromEntries([...this.#errors].toSorted(([one], [other]) => (one < other ? -1 : 1))),
      series: this.#tally.steps.map((step, index) => {
        const latency = this.#latencies[index] ?? new Histogram()
        return { ...step, p50Ms: latency.quantile(0.5), p99Ms: latency.quantile(0.99) }
      }),
    }
  }

  #count(what: (typeof counted)[number], at: number): void {
    this.#tally.count(what, at, at >= this.#warmUpMs)
  }
}
