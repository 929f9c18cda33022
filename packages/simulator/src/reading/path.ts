/** One step into a scenario: the name of a member, or a place in a list. */
export type Step = string | number

/** As it is written, such as `clients.web.pipeline[1].attempts`. */
export function pathText(steps: readonly PropertyKey[]): string {
  return steps.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`
    return text === '' ? String(step) : `${text}.${String(step)}`
  }, '')
}

/** The steps of a path as it is written; undefined where it is none. */
export function stepsOf(path: string): readonly Step[] | undefined {
  if (!/^[^.[\]]+(?:\.[^.[\]]+|\[\d+\])*$/.test(path)) return undefined
  const steps = path.matchAll(/\[(\d+)\]|[^.[\]]+/g)
  return Array.from(steps, ([step, place]) => (place === undefined ? step : Number(place)))
}

/** What stands at the end of a path; undefined where nothing does. */
export function valueAt(value: unknown, steps: readonly PropertyKey[]): unknown {
  return steps.reduce<unknown>(
    (at, step) =>
      typeof at === 'object' && at !== null && Object.hasOwn(at, step) ? Reflect.get(at, step) : undefined,
    value,
  )
}
