import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { adopt } from './processes.ts'

const missing = `redis-server is not installed, and REDIS_URL names no other. On Debian or Ubuntu:

  sudo apt-get install redis-server

On macOS: brew install redis. Or set REDIS_URL to a server that may be written to.`

/** There is no Redis to be started; the message says what to install. */
export class MissingRedis extends Error {}

/** A Redis of the demo's own, which keeps nothing. */
export interface RedisProcess {
  readonly port: number
  stop(): Promise<void>
}

/** Starts it on a free port. Throws what to install where there is none. */
export async function redisProcess(): Promise<RedisProcess> {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-demo-'))
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder]
  const child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] })
  adopt(child)
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  child.once('exit', remove)
  child.once('error', remove)
  await ready(child)
  return {
    port,
    async stop() {
      const ended = once(child, 'exit')
      child.kill()
      await ended
    },
  }
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = ''
    child.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'ENOENT' ? new MissingRedis(missing) : error)
    })
    child.once('exit', () => reject(new Error(`redis-server ended at once:\n${said}`)))
    child.stdout?.on('data', (text: Buffer) => {
      said += text.toString()
      if (said.includes('Ready to accept connections')) resolve()
    })
  })
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}
