import { fetch } from 'undici'
import type { Dispatcher } from 'undici'

/**
 * The `fetch` of the undici that `dispatcher` is of, with every request sent through it. Unlike the built-in `fetch` of
 * Node 22 and 24, which come with an older undici, it understands the dispatcher. Its `Response` is undici's own class.
 */
export function fetchThrough(dispatcher: Dispatcher): typeof fetch {
  return (input, init) => fetch(input, { ...init, dispatcher })
}
