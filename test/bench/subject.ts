/** Runs an operation behind what is measured. It may reject, or answer with an outcome. */
export type Caller = (operation: Operation, key?: string) => Promise<unknown>
export type Operation = () => Promise<unknown>

/** By case: how to make what is called, or why it is left out. A case that is not named is not offered. */
export type Subject = Readonly<Record<string, (() => Caller | Promise<Caller>) | string>>

export const boom: Error = new Error('fails on purpose')
export const never = (): Promise<unknown> => new Promise(() => {})
export const timeoutMs = 5_000
/** Longer than any run. */
export const longMs = 600_000

/** For a library without keys of its own: what its user would write. */
export function byKey(make: () => Caller): Caller {
  const callers = new Map<string, Caller>()
  return (operation, key = '') => {
    const known = callers.get(key)
    if (known !== undefined) return known(operation)
    const made = make()
    callers.set(key, made)
    return made(operation)
  }
}

/** Each is a process of its own, which loads its own library alone. */
export const subjects: Readonly<Record<string, () => Promise<{ readonly subject: Subject }>>> = {
  bare: () => import('./subjects/bare.ts'),
  holdfast: () => import('./subjects/holdfast.ts'),
  opossum: () => import('./subjects/opossum.ts'),
  cockatiel: () => import('./subjects/cockatiel.ts'),
  mollitia: () => import('./subjects/mollitia.ts'),
  'p-*': () => import('./subjects/small.ts'),
}
