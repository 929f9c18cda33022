import { readFileSync, rmSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Connection } from './connection.ts'
import { eventually } from './eventually.ts'
import { freePort } from './port.ts'
import { program } from './program.ts'
import { administrator, configLines, hasUsers, usersFile } from './redis-config.ts'
import type { RedisServerOptions } from './redis-config.ts'
import type { Reply } from './resp.ts'
import { ServerProcess } from './server-process.ts'

const folders = new Set<string>()
process.on('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/**
 * Starts a Redis of its own for a test: on a free port of 127.0.0.1, empty, and keeping nothing on disk. Resolves when
 * it answers; rejects with what it printed when it ends instead.
 */
export async function redisServer(options: RedisServerOptions = {}): Promise<RedisServer> {
  const path = await program('redis-server')
  for (let attempt = 1; ; attempt++) {
    const server = new RedisServer(path, await freePort(), options)
    try {
      await server.restart()
      return server
    } catch (error) {
      await server.stop()
      // Somebody else may have taken the port in the meantime.
      if (attempt === 5 || !String(error).includes('Failed listening on port')) throw error
    }
  }
}

/** A Redis, or a sentinel, that a test has for itself. Made by {@link redisServer}. */
export class RedisServer implements AsyncDisposable {
  readonly port: number
  readonly #path: string
  readonly #options: RedisServerOptions
  #process: ServerProcess | undefined
  #folder: string | undefined
  #connection: Connection | undefined

  constructor(path: string, port: number, options: RedisServerOptions) {
    this.#path = path
    this.port = port
    this.#options = options
  }

  /** For the default user, with the password if there is one. */
  get url(): string {
    const { tls, password } = this.#options
    const user = password === undefined ? '' : `:${encodeURIComponent(password)}@`
    return `${tls === undefined ? 'redis' : 'rediss'}://${user}127.0.0.1:${this.port}`
  }

  /** Name and password of the user who may do everything; empty when anybody is this user. */
  get login(): readonly string[] {
    return hasUsers(this.#options) ? [administrator.name, administrator.password] : []
  }

  /** Changes with every restart. */
  get pid(): number {
    return this.#process?.pid ?? Number.NaN
  }

  /** True while it is paused too. */
  get isRunning(): boolean {
    return this.#process?.isRunning ?? false
  }

  /**
   * Sends a command as a user who may do everything, on a connection that only this method uses: made by the first
   * command and after each loss, so that ASKING, MULTI and the like work. Rejects with a `ReplyError` when the server
   * answers with an error, and when no reply comes within ten seconds.
   */
  command(...args: readonly (string | number)[]): Promise<Reply> {
    if (this.#connection?.isOpen) return this.#connection.command(args)
    const connection = this.#connect()
    this.#connection = connection
    if (this.login.length === 0) return connection.command(args)
    const replies = [connection.command(['AUTH', ...this.login]), connection.command(args)]
    return Promise.all(replies).then(([, reply = null]) => reply)
  }

  /** Asks it to end, kills it when it has not within two seconds, and removes its files. */
  async stop(): Promise<void> {
    this.#connection?.close()
    await this.#process?.stop()
    if (this.#folder === undefined) return
    await rm(this.#folder, { recursive: true, force: true })
    folders.delete(this.#folder)
    this.#folder = undefined
  }

  /** As a crash: SIGKILL. Its files, such as what a cluster node knows of the others, stay for a restart. */
  async kill(): Promise<void> {
    this.#connection?.close()
    await this.#process?.kill()
  }

  /** SIGSTOP: its port still takes connections and bytes, and nothing answers. */
  pause(): void {
    this.#process?.signal('SIGSTOP')
  }

  resume(): void {
    this.#process?.signal('SIGCONT')
  }

  /** Kills it if it runs, and starts it without data on the same port. Resolves when it answers. */
  async restart(): Promise<void> {
    await this.kill()
    const folder = this.#folder ?? (await this.#makeFolder())
    const mode = this.#options.mode === 'sentinel' ? ['--sentinel'] : []
    const started = await ServerProcess.start(this.#path, [join(folder, 'redis.conf'), ...mode])
    this.#process = started
    await eventually(`redis-server on port ${this.port} answers`, async () => {
      if (!started.isRunning) return true
      // Somebody else's may answer on the port; its process has another id.
      return String(await this.command('INFO', 'server')).includes(`process_id:${started.pid}\r\n`)
    })
    if (!started.isRunning) throw new Error(`redis-server ended instead of answering:\n${started.output}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #makeFolder(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-redis-'))
    folders.add(folder)
    this.#folder = folder
    await writeFile(join(folder, 'users.acl'), usersFile(this.#options))
    await writeFile(join(folder, 'redis.conf'), configLines(this.port, folder, this.#options).join('\n'))
    return folder
  }

  #connect(): Connection {
    const { tls } = this.#options
    if (tls === undefined) return new Connection(this.port)
    const own = { cert: readFileSync(tls.cert), key: readFileSync(tls.key) }
    // A test wants to look into the server that has a wrong certificate too.
    return new Connection(this.port, { ...own, rejectUnauthorized: false })
  }
}
