import { HoldfastError } from '@holdfast/core'
import type { HoldfastErrorOptions } from '@holdfast/core'

export interface FaultErrorOptions extends HoldfastErrorOptions {
  readonly fault: string
  readonly code?: string | undefined
  readonly status?: number | undefined
}

/** What a fault of the kind `failure` throws. It is no refusal: parts hear of it as of an error of the operation. */
export class FaultError extends HoldfastError {
  override readonly code: string = 'ERR_FAULT'
  /** The fault's id. */
  readonly fault: string
  /** As clients of HTTP have it; undefined unless the fault says so. */
  readonly status: number | undefined

  constructor(message: string, options: FaultErrorOptions) {
    super(message, options)
    this.fault = options.fault
    this.code = options.code ?? this.code
    this.status = options.status
  }
}
