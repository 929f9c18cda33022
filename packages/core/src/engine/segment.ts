import { recordOf } from './call-record.ts'
import type { CallRecord } from './call-record.ts'
import type { Call } from '../call.ts'
import { HoldfastConfigError } from '../check.ts'
import type { Course } from './course.ts'
import type { Guard } from '../guard.ts'
import type { Host } from '../host.ts'
import type { Alteration, Next, Part, Policy, Reaction } from '../policy.ts'
import { takeRun } from './run.ts'
import { Stage } from './stages.ts'

/** What a segment is made of. */
type Stretch = Pick<Course, 'stages' | 'inner' | 'alteration'>

/**
 * A stretch of guards and reactions that one `Run` takes a call through, around the operation or around a policy
 * that wraps the rest.
 */
export class Segment implements Course {
  readonly host: Host
  readonly stages: readonly Stage[]
  /** What the stages stand around; the operation where undefined. */
  readonly inner: Next | undefined
  readonly alteration: Alteration | undefined
  running = 0
  /** What runs a call through the stages, less the first so many. */
  #behind: (Next | undefined)[] | undefined

  constructor(host: Host, { stages, inner, alteration }: Stretch) {
    this.host = host
    this.stages = stages
    this.inner = inner
    this.alteration = alteration
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
    const { inner, alteration } = this
    return (this.#behind[less] ??= new Segment(this.host, {
      stages: this.stages.slice(less),
      inner,
      alteration,
    }).next)
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
  return new Segment(host, laidOut(parts, inner, host))
}

/** The outermost stretch of parts, with what is inside of it. */
export function laidOut(parts: readonly Part[], inner: Next | undefined, host: Host): Stretch {
  const last = parts.at(-1)
  const alteration = last !== undefined && isAlteration(last) ? last : undefined
  const around = alteration === undefined ? parts : parts.slice(0, -1)
  let stretch: Stretch = { stages: [], inner, alteration }
  for (const part of around.toReversed()) {
    // Even without stages: a branch is cut short with its call, and reports to it, only while a run owns it.
    stretch = isPolicy(part)
      ? { stages: [], inner: part.wrap(new Segment(host, stretch).next), alteration: undefined }
      : { ...stretch, stages: [stageOf(part), ...stretch.stages] }
  }
  return stretch
}

function stageOf(part: Part): Stage {
  if (isGuard(part) || isReaction(part)) return new Stage(part)
  if (isAlteration(part)) {
    throw new HoldfastConfigError(`${part.name}: must be the innermost part, as it alters the operation`)
  }
  throw new HoldfastConfigError(
    `${part.name}: a part must have admit (guard), settle and recover (reaction), wrap (policy) or alter (alteration)`,
  )
}

export function isGuard(part: Part): part is Guard {
  return has(part, 'admit')
}

function isReaction(part: Part): part is Reaction {
  return has(part, 'settle') && has(part, 'recover')
}

function isAlteration(part: Part): part is Alteration {
  return has(part, 'alter')
}

export function isPolicy(part: Part): part is Policy {
  return has(part, 'wrap')
}

function has(part: Part, method: string): boolean {
  return typeof (part as unknown as Record<string, unknown>)[method] === 'function'
}
