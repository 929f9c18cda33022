import { pipelineFrom } from '@holdfast/core'
import type { Pipeline, PipelineOptions } from '@holdfast/core'
import type { Attempt, Ground } from '../ground.ts'
import { namesOf } from '../places.ts'
import type { Route, Scenario } from '../scenario.ts'

/** Runs an operation as a client does, with whatever protects it around. A `Pipeline` of core is one. */
export interface Caller {
  execute(
    operation: (attempt: Attempt) => Promise<unknown>,
    options: { readonly key?: string | undefined; readonly signal?: AbortSignal | undefined },
  ): Promise<unknown>
}

/** What one request asks for. */
export interface Asked {
  readonly key: string | undefined
  readonly signal?: AbortSignal | undefined
  /** Called before an attempt is sent; what it throws is the attempt's end. Returns how to tell of another end, where it cares. */
  readonly sent?: (replica: string) => ((error?: unknown) => void) | undefined
}

/** One that sends requests along a route. */
export class Requester {
  readonly #name: string
  readonly #routing: Route['routing']
  readonly #targets: readonly string[]
  readonly #ground: Pick<Ground, 'send'>
  readonly #random: () => number
  readonly #caller: Caller
  #turn = 0

  constructor(
    name: string,
    route: Route,
    targets: readonly string[],
    ground: Pick<Ground, 'send'>,
    random: () => number,
    caller: Caller,
  ) {
    this.#name = name
    this.#routing = route.routing
    this.#targets = targets
    this.#ground = ground
    this.#random = random
    this.#caller = caller
  }

  request({ key, signal, sent }: Asked): Promise<unknown> {
    const operation = (attempt: Attempt): Promise<unknown> => {
      const replica = attempt.endpoint?.id ?? this.#choose(key)
      const ended = sent?.(replica)
      const answer = this.#ground.send({ from: this.#name, replica, key, attempt })
      if (ended !== undefined) answer.then(() => ended(), ended)
      return answer
    }
    return this.#caller.execute(operation, { key, signal })
  }

  #choose(key: string | undefined): string {
    const targets = this.#targets
    const place = ((): number => {
      if (targets.length === 1) return 0
      if (this.#routing === 'round-robin') return this.#turn++ % targets.length
      if (this.#routing === 'key' && key !== undefined) return hashOf(key) % targets.length
      return Math.floor(this.#random() * targets.length)
    })()
    return targets[place] as string
  }
}

/** The replicas of a route's service. */
export function targetsOf({ services }: Scenario, { to }: Route): readonly string[] {
  return namesOf(to, services[to]?.replicas ?? 1)
}

/** The pipeline of a route, named as the service; undefined where it has no parts. */
export function pipelineOf({ to, pipeline = [] }: Route, options: PipelineOptions): Pipeline | undefined {
  return pipeline.length === 0 ? undefined : pipelineFrom({ name: to, parts: pipeline }, options)
}

/** Runs an operation once, with nothing around it. */
export const bareCaller: Caller = {
  execute: (operation, { signal }) => operation(attemptUnder(signal)),
}

/** An attempt that a signal cuts short, for callers that know no more; at a replica of this name, if they know that. */
export function attemptUnder(signal: AbortSignal | undefined, replica?: string): Attempt {
  return {
    endpoint: replica === undefined ? undefined : { id: replica },
    get cancelled() {
      return signal?.aborted === true
    },
    get reason(): unknown {
      return signal?.reason
    },
    onCancel(listener) {
      const heard = (): void => listener(signal?.reason)
      signal?.addEventListener('abort', heard, { once: true })
      return () => signal?.removeEventListener('abort', heard)
    },
  }
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let place = 0; place < text.length; place++)
    hash = Math.imul(hash ^ text.charCodeAt(place), 0x01000193)
  return hash >>> 0
}
