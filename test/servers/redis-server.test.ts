import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { eventually } from './eventually.ts'
import type { RedisServerOptions } from './redis-config.ts'
import { redisServer } from './redis-server.ts'
import type { RedisServer } from './redis-server.ts'
import { ReplyError } from './resp.ts'

async function started(options?: RedisServerOptions): Promise<RedisServer> {
  const server = await redisServer(options)
  onTestFinished(() => server.stop())
  return server
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

it('answers with what Redis says, of every shape', async () => {
  const server = await started()
  expect(server.url).toBe(`redis://127.0.0.1:${server.port}`)
  expect(await server.command('GET', 'nothing')).toBeNull()
  expect(await server.command('SET', 'key', 'é\r\n*2')).toBe('OK')
  expect(await server.command('GET', 'key')).toBe('é\r\n*2')
  expect(await server.command('INCRBY', 'count', -7)).toBe(-7)
  await server.command('RPUSH', 'list', 'a', '')
  expect(await server.command('LRANGE', 'list', 0, -1)).toEqual(['a', ''])
  expect(await server.command('EVAL', 'return {1, {"b", {}}, redis.error_reply("BAD news")}', 0)).toEqual([
    1,
    ['b', []],
    new ReplyError('BAD news'),
  ])
  await expect(server.command('LPUSH', 'key', 'x')).rejects.toThrow(/^WRONGTYPE /)
})

it('answers commands that do not wait for each other in their order, long replies included', async () => {
  const server = await started()
  const long = 'x'.repeat(300_000)
  const numbers = Array.from({ length: 500 }, (_, index) => index + 1)
  const counts = numbers.map(() => server.command('INCR', 'count'))
  const echo = server.command('ECHO', long)
  const counted = await Promise.all([...counts, echo, server.command('PING')])
  expect(counted).toEqual([...numbers, long, 'PONG'])
})

it('two servers share nothing', async () => {
  const [one, other] = await Promise.all([started(), started()])
  await one.command('SET', 'key', 'one')
  expect(await other.command('GET', 'key')).toBeNull()
  expect(other.pid).not.toBe(one.pid)
})

it('does not take another server on its port for itself', async () => {
  const [other, server] = await Promise.all([started(), started()])
  await server.stop()
  await other.command('CONFIG', 'SET', 'port', server.port)
  await expect(server.restart()).rejects.toThrow('Failed listening on port')
})

it('comes back empty on the same port, after a kill as after a stop', async () => {
  const server = await started()
  const { port, pid } = server
  for (const end of [() => server.kill(), () => server.stop(), async () => {}]) {
    await server.command('SET', 'key', 'value')
    await end()
    await server.restart()
    expect(await server.command('GET', 'key')).toBeNull()
  }
  expect(server.port).toBe(port)
  expect(server.pid).not.toBe(pid)
})

it('says nothing while it is paused, and everything afterwards', async () => {
  const server = await started()
  server.pause()
  let answered = false
  const reply = server.command('INCR', 'count').finally(() => (answered = true))
  const other = await started()
  await other.command('PING')
  expect(answered).toBe(false)
  server.resume()
  expect(await reply).toBe(1)
})

it('ends when it is stopped, paused or not, and takes its files with it', async () => {
  const server = await started()
  const [, folder] = (await server.command('CONFIG', 'GET', 'dir')) as [string, string]
  expect(existsSync(folder)).toBe(true)
  const { pid } = server
  server.pause()
  const start = performance.now()
  await server.stop()
  expect(performance.now() - start, 'it need not be killed').toBeLessThan(1_900)
  expect(isAlive(pid)).toBe(false)
  expect(server.isRunning).toBe(false)
  expect(existsSync(folder)).toBe(false)
  await expect(server.command('PING')).rejects.toThrow('ECONNREFUSED')
})

it('tells a command that its server has gone', async () => {
  const server = await started()
  server.pause()
  const reply = server.command('PING').catch(String)
  await server.kill()
  expect(await reply).toContain('closed')
})

it('takes further configuration, and shows what Redis says of a wrong one', async () => {
  const server = await started({ config: ['maxmemory 5mb'] })
  expect(await server.command('CONFIG', 'GET', 'maxmemory')).toEqual(['maxmemory', `${5 * 2 ** 20}`])
  await expect(redisServer({ config: ['nonsense 1'] })).rejects.toThrow("'nonsense 1'")
})

it('lets nobody in without the password, but the test', async () => {
  const server = await started({ password: 'p:w/d' })
  expect(new URL(server.url).password).toBe(encodeURIComponent('p:w/d'))
  expect(await server.command('ACL', 'WHOAMI')).toBe('test-administrator')
  const open = await started()
  const migrate = ['MIGRATE', '127.0.0.1', server.port, 'key', 0, 1_000] as const
  await open.command('SET', 'key', 'value')
  await expect(open.command(...migrate)).rejects.toThrow('NOAUTH')
  expect(await open.command(...migrate, 'AUTH', 'p:w/d')).toBe('OK')
  expect(await server.command('GET', 'key')).toBe('value')
})

it('holds its users to an ACL file, and the test to none', async () => {
  const server = await started({ acl: 'user default off\nuser app on >secret ~app:* +get +set' })
  expect(await server.command('SET', 'other', '1')).toBe('OK')
  expect(await server.command('AUTH', 'app', 'secret')).toBe('OK')
  expect(await server.command('SET', 'app:1', '1')).toBe('OK')
  await expect(server.command('GET', 'other')).rejects.toThrow('NOPERM')
  await expect(server.command('DEL', 'app:1')).rejects.toThrow('NOPERM')
})

it.runIf(process.platform === 'linux')(
  'dies with the process that started it, even when that is killed',
  async () => {
    const index = new URL('./index.ts', import.meta.url)
    const script = `import { redisServer } from ${JSON.stringify(index)}\nconsole.log((await redisServer()).pid)`
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-killed-'))
    const env = { ...process.env, TMPDIR: folder }
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { env })
    onTestFinished(() => {
      child.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    })
    const [printed] = (await once(child.stdout, 'data')) as [Buffer]
    const pid = Number(printed.toString())
    expect(isAlive(pid)).toBe(true)
    child.kill('SIGKILL')
    await eventually('the server is gone', () => !isAlive(pid))
  },
)
