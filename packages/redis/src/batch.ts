import type { Answer, StoreFailure } from '@holdfast/core'
import { Cluster } from 'ioredis'
import type { ChainableCommander } from 'ioredis'
import type { Client } from './client-options.ts'
import { failure, failureOf } from './failure.ts'
import { scripts } from './scripts.ts'
import type { ScriptCall } from './scripts.ts'

/** So many commands go out in one piece, so that a server serves others in between. */
const chunkSize = 200

type Run = (keys: number, ...rest: readonly (string | number)[]) => unknown

/** Lets a client send scripts by their hash, and their text where a server does not know it. */
export function defineScripts(client: Client): void {
  for (const [name, lua] of Object.entries(scripts)) client.defineCommand(commandOf(name), { lua })
}

/** Sends all at once, in their order. An answer for each, the one that `late` gives where that comes first; never rejects. */
export async function run(
  client: Client,
  calls: readonly ScriptCall[],
  late: Promise<StoreFailure>,
): Promise<readonly Answer[]> {
  if (client instanceof Cluster) {
    return Promise.all(calls.map((call) => Promise.race([alone(client, call), late])))
  }
  const chunks: Promise<readonly Answer[]>[] = []
  for (let from = 0; from < calls.length; from += chunkSize) {
    const chunk = calls.slice(from, from + chunkSize)
    const noAnswers = late.then((failed) => chunk.map(() => failed))
    chunks.push(Promise.race([together(client.pipeline(), chunk), noAnswers]))
  }
  return (await Promise.all(chunks)).flat()
}

/** A cluster's client finds the node of each, and goes on where that has moved; it does so for single commands only. */
async function alone(client: Cluster, call: ScriptCall): Promise<Answer> {
  try {
    return answerTo(call, null, await send(client, call))
  } catch (error) {
    return failureOf(error)
  }
}

async function together(
  pipeline: ChainableCommander,
  calls: readonly ScriptCall[],
): Promise<readonly Answer[]> {
  for (const call of calls) void send(pipeline, call)
  const results = (await pipeline.exec()) ?? []
  return calls.map((call, index) => {
    const [error, reply] = results[index] ?? [new Error('no result')]
    return answerTo(call, error, reply)
  })
}

function send(client: Client | ChainableCommander, { script, keys, args }: ScriptCall): unknown {
  // The types do not know of commands that were defined later.
  const commands = client as unknown as Readonly<Record<string, Run>>
  return commands[commandOf(script)]?.(keys.length, ...keys, ...args)
}

function answerTo(call: ScriptCall, error: Error | null, reply: unknown): Answer {
  if (error !== null) return failureOf(error)
  return call.decode(reply) ?? failure('malformed', 'the reply is of another shape')
}

function commandOf(script: string): string {
  return `holdfast:${script}`
}
