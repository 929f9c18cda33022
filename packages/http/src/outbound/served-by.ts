import type { Endpoint } from '@holdfast/core'

const served = new WeakMap<object, Endpoint>()

/** Which endpoint answered; undefined where none was chosen. `response` is what the client gave. */
export function servedBy(response: object): Endpoint | undefined {
  return served.get(response)
}

export function noteServed(response: unknown, endpoint: Endpoint | undefined): unknown {
  if (endpoint !== undefined && typeof response === 'object' && response !== null) {
    served.set(response, endpoint)
  }
  return response
}
