import { callable, checkOptions, HoldfastConfigError, show } from './check.ts'
import type { Rule } from './check.ts'
import type { Part } from './policy.ts'

const clock: Rule = (value) =>
  typeof value === 'object' && value !== null && 'now' in value && 'alarm' in value ? undefined : 'a Clock'

const pipelineRules: Readonly<Record<string, Rule>> = { clock, random: callable }

/** Refuses what no pipeline can be made of: no parts, two of one name, values and orders that contradict each other. */
export function checkComposition(name: string, parts: readonly Part[], options: object): void {
  if (typeof name !== 'string' || name === '') {
    throw new HoldfastConfigError(`pipeline: name must be a string that is not empty, not ${show(name)}`)
  }
  checkOptions(name, options, pipelineRules)
  if (!Array.isArray(parts) || parts.length === 0) {
    throw new HoldfastConfigError(`${name}: parts must be an array of at least one part, not ${show(parts)}`)
  }
  for (const part of parts) {
    if (typeof part !== 'object' || part === null || typeof part.name !== 'string') {
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

/** Lets every part look at those inside and outside it, through nested pipelines. */
export function checkOrder(name: string, parts: readonly Part[]): void {
  const all = parts.flatMap(flatten)
  all.forEach((part, index) => {
    const complaint = part.check?.(all.slice(index + 1), all.slice(0, index))
    if (complaint !== undefined) throw new HoldfastConfigError(`${name}: ${complaint}`)
  })
}

function flatten(part: Part): readonly Part[] {
  return part.parts === undefined ? [part] : part.parts.flatMap(flatten)
}
