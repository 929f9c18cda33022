import { HoldfastConfigError } from '@holdfast/core'
import { RetryHandler } from 'undici'
import type { Dispatcher } from 'undici'

/**
 * Throws for a handler that undici 8 does not call, whose request would hang: that of the `fetch` built into Node 22 and
 * 24. Throws too for a request that is retried around this interceptor: its attempts would multiply.
 */
export function refuseHandler(handler: Dispatcher.DispatchHandler): void {
  if (isOldStyle(handler)) {
    throw new HoldfastConfigError(
      'undici: the handler is of undici 7 or older, as that of the fetch built into Node 22 and 24; send through ' +
        'fetchThrough(dispatcher), or hand the dispatcher to setGlobalDispatcher of undici 8',
    )
  }
  if (handler instanceof RetryHandler) throw retriedTwice()
}

/** Throws where the next inside is undici's own retry. */
export function refuseRetry(dispatch: Dispatcher.Dispatch): void {
  // It has no other mark.
  if (dispatch.name === 'retryInterceptor') throw retriedTwice()
}

function isOldStyle(handler: Dispatcher.DispatchHandler): boolean {
  return !('onRequestStart' in handler) && ('onConnect' in handler || 'onHeaders' in handler)
}

function retriedTwice(): HoldfastConfigError {
  return new HoldfastConfigError(
    'undici: the request is retried by undici too, and attempts multiply; leave out interceptors.retry() and RetryAgent',
  )
}
