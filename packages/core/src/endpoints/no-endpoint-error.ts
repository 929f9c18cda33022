import { Rejection } from '../error.ts'

/** There is no endpoint to call: none is known, or none is healthy and `panicRatio` forbids to try others. */
export class NoEndpointError extends Rejection {
  readonly code = 'ERR_NO_ENDPOINT'
}
