import { Redis } from 'ioredis'

/** A script that does a little of what scripts do, and never changes: what others cost is told in what it costs. */
const script = `
local time = redis.call('TIME')
local found = redis.call('HMGET', KEYS[1], 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h')
local sum = 0
for each = 1, 8 do sum = sum + (tonumber(found[each]) or 0) end
redis.call('HSET', KEYS[1], 'a', ARGV[1], 'b', time[1], 'c', string.format('%.0f', sum % 1000), 'd', '4')
redis.call('PEXPIRE', KEYS[1], 60000)
return { sum, 1, 2, 3 }
`

/** Sends the reference script. */
export class Reference implements Disposable {
  readonly #client: Redis
  #count = 0

  constructor(port: number) {
    this.#client = new Redis({ port, disableClientInfo: true })
    this.#client.defineCommand('reference', { numberOfKeys: 1, lua: script })
  }

  async run(times: number): Promise<void> {
    const pipeline = this.#client.pipeline()
    // The types do not know of commands that were defined later.
    const { reference } = pipeline as unknown as { reference(key: string, value: number): unknown }
    for (let each = 0; each < times; each++) reference.call(pipeline, 'reference', this.#count++ % 1_000)
    await pipeline.exec()
  }

  [Symbol.dispose](): void {
    this.#client.disconnect()
  }
}
