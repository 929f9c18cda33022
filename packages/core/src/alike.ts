/** Whether `other` says what `known` says: equal values, or objects that are alike, under the same names. */
export function alike(known: unknown, other: unknown): boolean {
  if (Object.is(known, other)) return true
  if (typeof known !== 'object' || known === null || typeof other !== 'object' || other === null) return false
  const names = Object.keys(known)
  if (names.length !== Object.keys(other).length) return false
  // Both are objects, so their members may be looked up by any name.
  const [left, right] = [known, other] as [Record<string, unknown>, Record<string, unknown>]
  return names.every((name) => Object.hasOwn(right, name) && alike(left[name], right[name]))
}
