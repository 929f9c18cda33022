import type { RedisServer } from '../../servers/index.ts'

/** How many commands have been carried out that `inside` does not name. */
export async function commandsOf(server: RedisServer, inside: RegExp): Promise<number> {
  const info = String(await server.command('INFO', 'commandstats'))
  let sum = 0
  for (const [, name = '', calls] of info.matchAll(/^cmdstat_([\w|]+):calls=(\d+)/gm)) {
    if (!inside.test(name)) sum += Number(calls)
  }
  return sum
}

/** Processor time that the server has used, in microseconds. */
export async function processorUs(server: RedisServer): Promise<number> {
  const info = String(await server.command('INFO', 'cpu'))
  const figure = (name: string): number => Number(new RegExp(`${name}:([\\d.]+)`).exec(info)?.[1])
  return (figure('used_cpu_user') + figure('used_cpu_sys')) * 1e6
}
