import type { RedisServer } from './redis-server.ts'
import { strings } from './resp.ts'

/** A slot on its way from one master to another, step by step, so that a test can look in between. */
export class SlotMigration {
  readonly slot: number
  readonly source: RedisServer
  readonly target: RedisServer
  readonly #settled: () => Promise<void>

  constructor(slot: number, source: RedisServer, target: RedisServer, settled: () => Promise<void>) {
    this.slot = slot
    this.source = source
    this.target = target
    this.#settled = settled
  }

  /** The target answers after ASKING only, and the source sends there (ASK) whoever wants a key that it has not. */
  async begin(): Promise<void> {
    const [source, target] = [await idOf(this.source), await idOf(this.target)]
    await this.target.command('CLUSTER', 'SETSLOT', this.slot, 'IMPORTING', source)
    await this.source.command('CLUSTER', 'SETSLOT', this.slot, 'MIGRATING', target)
  }

  /** Moves up to `count` keys, and returns their names; none when all have gone. */
  async moveKeys(count = 1_000): Promise<readonly string[]> {
    const keys = strings(await this.source.command('CLUSTER', 'GETKEYSINSLOT', this.slot, count))
    if (keys.length === 0) return keys
    const address = ['127.0.0.1', this.target.port, '', 0, 5_000]
    const { login } = this.target
    const auth = login.length === 0 ? [] : ['AUTH2', ...login]
    await this.source.command('MIGRATE', ...address, ...auth, 'KEYS', ...keys)
    return keys
  }

  /** Gives the slot to the target: from now on the source answers MOVED. Resolves when every node says so. */
  async finish(): Promise<void> {
    const id = await idOf(this.target)
    await this.target.command('CLUSTER', 'SETSLOT', this.slot, 'NODE', id)
    await this.source.command('CLUSTER', 'SETSLOT', this.slot, 'NODE', id)
    await this.#settled()
  }
}

async function idOf(node: RedisServer): Promise<string> {
  return String(await node.command('CLUSTER', 'MYID'))
}
