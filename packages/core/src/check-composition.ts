import { callable, checkOptions, HoldfastConfigError, object, show, text } from './check.ts'
import type { Rule } from './check.ts'
import type { Host } from './host.ts'
import type { Part } from './policy.ts'

const clock: Rule = (value) =>
  ['now', 'wallTime', 'alarm'].every((method) => isMethodOf(value, method))
    ? undefined
    : 'a Clock, which has now(), wallTime() and alarm()'

function isMethodOf(value: unknown, method: string): boolean {
  return object(value) === undefined && typeof (value as Record<string, unknown>)[method] === 'function'
}

const share: Rule = (value) => (isMethodOf(value, 'stop') ? undefined : 'a share, such as memoryShare()')

const pipelineRules: Readonly<Record<string, Rule>> = { clock, random: callable, share }

/**
 * Refuses what no pipeline can be made of: no parts, two of one name, values and orders that contradict each other.
 * Returns a copy of the options.
 */
export function checkComposition<Options extends object>(
  name: string,
  parts: readonly Part[],
  options: Options,
): Options {
  if (text(name) !== undefined) {
    throw new HoldfastConfigError(`pipeline: name must be a string that is not empty, not ${show(name)}`)
  }
  const checked = checkOptions(name, options, pipelineRules)
  checkParts(name, parts)
  if (parts.length > 0) return checked
  throw new HoldfastConfigError(`${name}: parts must be an array of at least one part, not an empty array`)
}

/** The same for the parts alone; there may be none. */
export function checkParts(name: string, parts: readonly Part[]): void {
  if (!Array.isArray(parts)) {
    throw new HoldfastConfigError(`${name}: parts must be an array of parts, not ${show(parts)}`)
  }
  for (const part of parts) {
    if (object(part) !== undefined || text(part.name) !== undefined) {
      throw new HoldfastConfigError(`${name}: every part must be a guard or a policy, not ${show(part)}`)
    }
  }
  checkNames(name, parts)
  checkOrder(name, parts)
}

function checkNames(name: string, parts: readonly Part[]): void {
  const seen = new Set<string>()
  for (const part of parts) {
    if (seen.has(part.name)) {
      throw new HoldfastConfigError(
        `${name}: two parts are named '${part.name}'; give one of them another name`,
      )
    }
    seen.add(part.name)
  }
}

/**
 * Attaches parts, outermost first, that stand in one pipeline between `outer` and `inner`. Only what is shared depends on
 * the parts around it.
 */
export function attachAll(
  parts: readonly Part[],
  host: Host,
  inner: readonly Part[] = [],
  outer: readonly Part[] = [],
): void {
  if (host.sharing === undefined) return parts.forEach((part) => part.attach?.(host))
  parts.forEach((part, index) => {
    const [behind, before] = [parts.slice(index + 1), parts.slice(0, index)]
    part.attach?.(host, [...behind.flatMap(flatten), ...inner], [...outer, ...before.flatMap(flatten)])
  })
}

/** Lets every part look at those inside and outside it, through nested pipelines. */
export function checkOrder(name: string, parts: readonly Part[]): void {
  const all = parts.flatMap(flatten)
  all.forEach((part, index) => {
    const complaint = part.check?.(all.slice(index + 1), all.slice(0, index))
    if (complaint !== undefined) throw new HoldfastConfigError(`${name}: ${complaint}`)
  })
}

/**
 * Holds the options against the part of that name, and that against the other parts, without changing anything.
 * Returns the parts as they would be.
 */
export function checkUpdate(
  pipeline: string,
  parts: readonly Part[],
  name: string,
  options: Readonly<Record<string, unknown>>,
): readonly Part[] {
  if (options['name'] !== undefined && options['name'] !== name)
    throw new HoldfastConfigError(`${pipeline}: '${name}' keeps its name; leave the option name out`)
  const drafted = parts.map((part) => (part.name === name ? (part.draft?.(options) ?? part) : part))
  checkOrder(pipeline, drafted)
  return drafted
}

function flatten(part: Part): readonly Part[] {
  return part.parts === undefined ? [part] : part.parts.flatMap(flatten)
}

/** Milliseconds that a part allows whatever is inside it; undefined unless it is a timeout that enforces a fixed one. */
export function allowedMs(part: Part): number | undefined {
  if (part.kind !== 'timeout') return undefined
  const { durationMs, mode } = part.describe?.() ?? {}
  return typeof durationMs === 'number' && mode === 'enforce' ? durationMs : undefined
}

/**
 * Milliseconds that a call may run once a guard between `outer` and `inner` has let it in; undefined where no timeout
 * bounds it. What may run its inside again, such as a retry, is not looked behind.
 */
export function boundMs(inner: readonly Part[], outer: readonly Part[]): number | undefined {
  const bounds = outer.map(allowedMs).filter((ms) => ms !== undefined)
  let waitsMs = 0
  for (const part of inner) {
    if (!isMethodOf(part, 'admit')) break
    const allowed = allowedMs(part)
    if (allowed !== undefined) bounds.push(waitsMs + allowed)
    waitsMs += longestWaitMs(part)
  }
  const bound = Math.min(...bounds)
  return bound === Infinity ? undefined : bound
}

/** For how long a guard may let a call wait. */
function longestWaitMs(part: Part): number {
  const { maximumWaitMs, queue } = part.describe?.() ?? {}
  if (typeof maximumWaitMs === 'number') return maximumWaitMs
  if (typeof queue !== 'object' || queue === null) return 0
  return 'maximumWaitMs' in queue && typeof queue.maximumWaitMs === 'number' ? queue.maximumWaitMs : Infinity
}

/** What is wrong where a timeout around allows no more than `waitMs`, which is how long `waiter` waits. */
export function leavesNoTime(
  outer: readonly Part[],
  waitMs: number,
  waiter: string,
  remedy: string,
): string | undefined {
  for (const part of outer) {
    const allowed = allowedMs(part)
    if (allowed !== undefined && allowed <= waitMs) {
      return `${waiter}, all of the ${allowed} ms that '${part.name}' around it allows; ${remedy}`
    }
  }
  return undefined
}

/** What is wrong where `inner` has a fallback that answers every error with a value: `name` would never see one. */
export function hiddenErrors(name: string, inner: readonly Part[]): string | undefined {
  for (const part of inner) {
    const described = part.kind === 'fallback' ? (part.describe?.() ?? {}) : {}
    if ('value' in described && described['when'] === undefined) {
      return `'${part.name}' answers every error, so '${name}' around it never sees one; put it outside, or say by its option when which errors it answers`
    }
  }
  return undefined
}
