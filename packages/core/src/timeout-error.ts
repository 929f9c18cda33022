import { HoldfastError } from './error.ts'

/** The operation had not answered when its time was up. Its signal is aborted with this as the reason. */
export class TimeoutError extends HoldfastError {
  readonly code = 'ERR_TIMEOUT'
}
