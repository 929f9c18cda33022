import type { Branch } from './call.ts'
import type { Next } from './policy.ts'

/** Runs the inside with `branch`. What a custom part inside throws or answers at once comes as a promise too. */
export function begin(next: Next, branch: Branch): Promise<unknown> {
  try {
    return Promise.resolve(next(branch))
  } catch (error) {
    return Promise.reject(error)
  }
}
