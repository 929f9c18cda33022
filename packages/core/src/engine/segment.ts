import { recordOf } from './call-record.ts'
import type { CallRecord } from './call-record.ts'
import type { Call } from '../call.ts'
import { HoldfastConfigError } from '../check.ts'
import type { Course } from './course.ts'
import type { Guard } from '../guard.ts'
import type { Host } from '../host.ts'
import type { Next, Part, Policy, Reaction } from '../policy.ts'
import { takeRun } from './run.ts'
import { Stage } from './stages.ts'

/**
 * A stretch of guards and reactions that one `Run` takes a call through, around the operation or around a policy
 * that wraps the rest.
 */
export class Segment implements Course {
  readonly host: Host
  readonly stages: readonly Stage[]
  /** What the stages stand around; the operation where undefined. */
  readonly inner: Next | undefined
  running = 0
  /** What runs a call through the stages, less the first so many. */
  #behind: (Next | undefined)[] | undefined

  constructor(host: Host, stages: readonly Stage[], inner: Next | undefined) {
    this.host = host
    this.stages = stages
    this.inner = inner
  }

  /** Runs a call through the stages. */
  run(call: Call): Promise<unknown> {
    return takeRun(this).execute(this.#adopt(call))
  }

  get next(): Next {
    this.#behind ??= []
    return (this.#behind[0] ??= (call) => this.run(call))
  }

  /** The rest of the segment behind stage `index`. */
  inside(index: number): Next {
    const less = index + 1
    this.#behind ??= []
    return (this.#behind[less] ??= new Segment(this.host, this.stages.slice(less), this.inner).next)
  }

  /** A call that runs already is run again as a branch of itself. */
  #adopt(given: Call): CallRecord {
    const call = recordOf(given)
    if (call.host !== this.host) return call.branchIn(this.host)
    return call.owner === undefined && !call.cancelled ? call : call.branch()
  }
}

/** Lays parts, outermost first, around `inner`: neighbouring guards and reactions go into one segment. */
export function compose(parts: readonly Part[], inner: Next | undefined, host: Host): Segment {
  const { stages, rest } = laidOut(parts, inner, host)
  return new Segment(host, stages, rest)
}

/** The outermost stages, and what is inside of them. */
export function laidOut(
  parts: readonly Part[],
  inner: Next | undefined,
  host: Host,
): { readonly stages: readonly Stage[]; readonly rest: Next | undefined } {
  let rest = inner
  let stages: Stage[] = []
  for (const part of parts.toReversed()) {
    if (!isPolicy(part)) {
      stages.push(stageOf(part))
      continue
    }
    // Even without stages: a branch is cut short with its call, and reports to it, only while a run owns it.
    rest = part.wrap(new Segment(host, stages.reverse(), rest).next)
    stages = []
  }
  return { stages: stages.reverse(), rest }
}

function stageOf(part: Part): Stage {
  if (isGuard(part) || isReaction(part)) return new Stage(part)
  throw new HoldfastConfigError(
    `${part.name}: a part must have admit (guard), settle and recover (reaction) or wrap (policy)`,
  )
}

export function isGuard(part: Part): part is Guard {
  return has(part, 'admit')
}

function isReaction(part: Part): part is Reaction {
  return has(part, 'settle') && has(part, 'recover')
}

export function isPolicy(part: Part): part is Policy {
  return has(part, 'wrap')
}

function has(part: Part, method: string): boolean {
  return typeof (part as unknown as Record<string, unknown>)[method] === 'function'
}
