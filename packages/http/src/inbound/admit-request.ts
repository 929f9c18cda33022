import type { Admission, Admitted, ExecuteOptions, Outcome, Pipeline } from '@holdfast/core'
import { onResponseEnd } from './response-end.ts'
import type { ResponseLike } from './response-end.ts'
import { currentScope } from '../scope.ts'

/** Why the scope's signal is aborted when nobody waits for the answer any more. */
export class ClientGoneError extends Error {
  readonly code = 'ERR_CLIENT_GONE'
  override readonly name = 'ClientGoneError'

  constructor() {
    super('the client waits no longer')
  }
}

/** An answer of 500 and above counts as a failure of the service that is protected. */
export class StatusError extends Error {
  readonly code = 'ERR_STATUS'
  readonly status: number
  override readonly name = 'StatusError'

  constructor(status: number) {
    super(`answered with status ${status}`)
    this.status = status
  }
}

/**
 * Asks `pipeline` to admit a request, and tells it how the response ended: once, on whatever end. A request whose
 * response is over before it was admitted is not admitted. Within a scope, its deadline holds here too.
 */
export async function admitRequest(
  pipeline: Pipeline,
  response: ResponseLike,
  options: Pick<ExecuteOptions, 'key' | 'metadata'> = {},
): Promise<Admission> {
  const over = new AbortController()
  let admitted: Admitted | undefined
  onResponseEnd(response, (end) => {
    if (end === 'answered') admitted?.settle(outcomeOf(response.statusCode))
    if (end === 'gone' || admitted === undefined) over.abort(new ClientGoneError())
    admitted?.settle('cancelled')
  })
  const admission = await pipeline.admit({
    ...options,
    deadline: currentScope()?.deadline,
    signal: over.signal,
  })
  if (!admission.admitted) return admission
  if (over.signal.aborted) {
    admission.settle('cancelled')
    return { admitted: false, error: over.signal.reason }
  }
  admitted = admission
  return admission
}

function outcomeOf(status: number): Outcome {
  return status >= 500 ? { error: new StatusError(status) } : { value: status }
}
