import type { Endpoint } from './call.ts'
import { checkOptions, HoldfastConfigError, number, required, show, text } from './check.ts'
import type { Rule } from './check.ts'

const endpointRules: Readonly<Record<string, Rule>> = {
  id: text,
  url: text,
  weight: number(0),
  trust: text,
}

/** Checks a list of endpoints, which stands in `option`; returns a frozen copy. */
export function checkEndpoints(
  name: string,
  option: string,
  endpoints: readonly Endpoint[],
): readonly Endpoint[] {
  const checked = endpoints.map((endpoint, index) => {
    const label = `${name}.${option}[${index}]`
    const copy = checkOptions(label, endpoint, endpointRules)
    required(label, 'id', copy.id, 'a string that no other endpoint has')
    return copy
  })
  checkIds(name, option, checked)
  return Object.freeze(checked)
}

/** Refuses two endpoints of one id. */
export function checkIds(name: string, what: string, endpoints: readonly Endpoint[]): void {
  const ids = endpoints.map(({ id }) => id)
  const double = ids.find((id, index) => ids.indexOf(id) !== index)
  if (double === undefined) return
  throw new HoldfastConfigError(`${name}: ${what} must have different ids, not ${show(double)} twice`)
}
