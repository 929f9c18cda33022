import type { JointRun } from '../joint-run.ts'
import { RecentValues } from './recent-values.ts'
import type { RecentValue } from './recent-values.ts'
import type { Settings } from './options.ts'

/** The runs and the last good values of one endpoint's calls, by their keys. */
export class Lane {
  readonly running: Map<string, JointRun> = new Map()
  #values: RecentValues | undefined

  get kept(): number {
    return this.#values?.size ?? 0
  }

  keep(key: string, value: unknown, since: number, { stale }: Settings): void {
    if (stale === false) return
    this.#values ??= new RecentValues()
    this.#values.set(key, value, since, stale.maximumKeys)
  }

  /** The last good value, if it is not too old. */
  lastGood(key: string, now: number, { stale }: Settings): RecentValue | undefined {
    if (stale === false) return undefined
    const last = this.#values?.use(key)
    if (last === undefined || now - last.since <= stale.maximumAgeMs) return last
    this.#values?.delete(key)
    return undefined
  }

  /** Keeps no more than new settings allow. */
  trim({ stale }: Settings): void {
    if (stale === false) this.#values = undefined
    else this.#values?.trim(stale.maximumKeys)
  }

  idle(now: number, { stale }: Settings): boolean {
    if (this.running.size > 0) return false
    return stale === false || this.#values === undefined || now - this.#values.lastSince > stale.maximumAgeMs
  }
}
