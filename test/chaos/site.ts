import { tcpProxy } from '@holdfast/faults'
import type { TcpProxy } from '@holdfast/faults'
import { redisServer } from '../servers/index.ts'
import type { RedisServer } from '../servers/index.ts'
import { respFrame } from './resp-frame.ts'

/** One server, and the two ways that lead to it: most instances take the one, the rest the other. */
export class Site implements AsyncDisposable {
  readonly server: RedisServer
  readonly most: TcpProxy
  readonly rest: TcpProxy

  private constructor(server: RedisServer, most: TcpProxy, rest: TcpProxy) {
    this.server = server
    this.most = most
    this.rest = rest
  }

  static async start(): Promise<Site> {
    const server = await redisServer({ config: ['maxmemory-policy noeviction'] })
    const target = { port: server.port }
    const options = { target, frameLength: respFrame }
    return new Site(server, await tcpProxy(options), await tcpProxy(options))
  }

  /** Where an instance finds the server: every fourth goes the other way. */
  urlOf(place: number): string {
    return `redis://127.0.0.1:${(place % 4 === 3 ? this.rest : this.most).port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.most.stop(), this.rest.stop()])
    await this.server.stop()
  }
}
