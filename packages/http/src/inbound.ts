import type { Admission, Admitted, ExecuteOptions, Outcome, Pipeline } from '@holdfast/core'

/** What is needed of a response, whatever the framework: Node's own has it. */
export interface ResponseLike {
  readonly statusCode: number
  readonly writableFinished: boolean
  once(event: 'close', listener: () => void): unknown
}

/** Why the scope's signal is aborted when nobody waits for the answer any more. */
export class ClientGoneError extends Error {
  readonly code = 'ERR_CLIENT_GONE'
  override readonly name = 'ClientGoneError'

  constructor() {
    super('the client has closed the connection')
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
 * Asks `pipeline` to admit a request, and tells it how the response ended: once, on whatever end. That the client left
 * is known from the response's `close` event without all having been written, which holds for every method and
 * framework on Node's own server.
 */
export async function admitRequest(
  pipeline: Pipeline,
  response: ResponseLike,
  options: Pick<ExecuteOptions, 'key' | 'metadata'> = {},
): Promise<Admission> {
  const client = new AbortController()
  let admitted: Admitted | undefined
  response.once('close', () => {
    if (response.writableFinished) admitted?.settle(outcomeOf(response.statusCode))
    else client.abort(new ClientGoneError())
    admitted?.settle('cancelled')
  })
  const admission = await pipeline.admit({ ...options, signal: client.signal })
  if (admission.admitted) {
    admitted = admission
    if (client.signal.aborted) admission.settle('cancelled')
  }
  return admission
}

function outcomeOf(status: number): Outcome {
  return status >= 500 ? { error: new StatusError(status) } : { value: status }
}
