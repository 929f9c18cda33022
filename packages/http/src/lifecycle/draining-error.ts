import { Rejection } from '@holdfast/core'

/** Why a scope is cut short when the process stops and the time for what was under way is over. */
export class DrainingError extends Rejection {
  readonly code = 'ERR_DRAINING'

  constructor() {
    super('the service stops, and the time for requests under way is over', { policy: 'lifecycle' })
  }
}
