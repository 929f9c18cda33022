import type { Clock, Store } from '@holdfast/core'
import type { RedisStoreOptions } from '@holdfast/redis'

/** What commands see of the process that they run in. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
  readonly out: Output
  /** Prints one line of an error. */
  complain(line: string): void
  /** Whom the process belongs to. Undefined where the system has no name. */
  user(): string | undefined
  /** The content of a file; throws where it cannot be read. */
  read(path: string): Buffer
  /** What is piped into the process, until its end. */
  readInput(): Promise<string>
  /** Makes a file, or replaces what it has; throws where that cannot be done. */
  write(path: string, text: string): void
  /** Shows on one line how far it is, in place of the line before; an empty one ends that. Nothing where nobody looks on. */
  progress(line: string): void
  connect(options: RedisStoreOptions): Store
  /** Aborted when the program is asked to end, or nobody reads on. From the first call on, asking does not kill it. */
  ending(): AbortSignal
}

interface Output {
  readonly isTerminal: boolean
  /** How much fits; Infinity where it is no terminal. */
  readonly columns: number
  readonly rows: number
  write(text: string): void
}
