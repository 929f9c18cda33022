import { HoldfastError } from '@holdfast/core'

/** Why a request is cut short when nobody waits for its answer any more. Its `policy` is the name of the door. */
export class ClientGoneError extends HoldfastError {
  readonly code = 'ERR_CLIENT_GONE'

  constructor(name: string) {
    super(`${name}: the client waits no longer`, { policy: name })
  }
}
