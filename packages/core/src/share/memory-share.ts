import { systemClock } from '../clock.ts'
import { memoryServer } from './memory-server.ts'
import type { MemoryServer } from './memory-server.ts'
import { share } from './member.ts'
import type { Share, ShareOptions } from './share.ts'

/** What a share in the memory of this process may be given. */
export interface MemoryShareOptions extends ShareOptions {
  /** Where the state is kept. Default: a server of its own. Give several shares one server, and they are a fleet. */
  readonly server?: MemoryServer
}

/**
 * Shared state in the memory of this process, by the same protocol as a fleet's: for several pipelines in one process, and
 * to test how instances affect each other without a server.
 */
export function memoryShare({ server, ...options }: MemoryShareOptions = {}): Share {
  const { clock = systemClock } = options
  return share((server ?? memoryServer(clock)).connect(), options)
}
