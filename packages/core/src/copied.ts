/** What stays as it is, whatever becomes of the user's own. Functions and objects with a life of their own are not copied. */
export function copied<Value>(value: Value): Value {
  if (!isData(value)) return value
  const members = Object.entries(value).map(([name, each]) => [name, copied(each)])
  // It has the members of `value`, of the same types.
  return (Array.isArray(value) ? members.map(([, each]) => each) : Object.fromEntries(members)) as Value
}

function isData(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  return Array.isArray(value) || [Object.prototype, null].includes(Object.getPrototypeOf(value) as object)
}
