import { outbound } from '@holdfast/http'
import type { Outbound, OutboundOptions } from '@holdfast/http'
import type { Dispatcher } from 'undici'
import { AttemptHandler } from './attempt-handler.ts'
import { DispatchRequest } from './dispatch-request.ts'
import { refuseHandler, refuseRetry } from './refuse.ts'
import { Relay } from './relay.ts'

/** To be composed with a dispatcher, as the last of its interceptors. */
export interface HoldfastInterceptor extends Dispatcher.DispatcherComposeInterceptor {
  /** Its events, live options and statistics. */
  readonly outbound: Outbound
}

/**
 * An interceptor for undici 8, `agent.compose(holdfast())`, that retries what may be repeated, breaks circuits, and
 * bounds time and load, for each origin and operation of its own. The caller sees one request and its last answer,
 * whatever the status; nothing is tried again once that answer has been handed over. `CONNECT` and upgrades pass
 * untouched. Throws `HoldfastConfigError` for options that make no sense.
 */
export function holdfast(options: OutboundOptions = {}): HoldfastInterceptor {
  const client = outbound({ name: 'undici', ...options })
  const interceptor: Dispatcher.DispatcherComposeInterceptor = (dispatch) => {
    refuseRetry(dispatch)
    return (request, handler) => {
      refuseHandler(handler)
      if (!isOneAnswer(request)) return dispatch(request, handler)
      void relay(client, dispatch, request, handler)
      return true
    }
  }
  return Object.assign(interceptor, { outbound: client })
}

/** Whether it has an answer to decide about; without an origin undici itself says what is wrong. */
function isOneAnswer({ method, origin, upgrade }: Dispatcher.DispatchOptions): boolean {
  return method !== 'CONNECT' && !upgrade && origin !== undefined
}

async function relay(
  client: Outbound,
  dispatch: Dispatcher.Dispatch,
  options: Dispatcher.DispatchOptions,
  handler: Dispatcher.DispatchHandler,
): Promise<void> {
  const caller = new Relay(handler)
  let answered: AttemptHandler
  try {
    handler.onRequestStart?.(caller, caller.context)
    const request = new DispatchRequest(options, caller.signal)
    answered = await client.send(request, (attempt) => {
      const attemptHandler = new AttemptHandler(caller, attempt, client.clock)
      dispatch(request.optionsFor(attempt), attemptHandler)
      return attemptHandler.answer
    })
  } catch (error) {
    return handler.onResponseError?.(caller, error as Error)
  }
  answered.handOver()
}
