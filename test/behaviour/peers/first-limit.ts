import { bulkhead } from '@holdfast/core'
import type { BulkheadOptions } from '@holdfast/core'

/** Where a limit begins: all that there is to it where limits do not move. */
export function firstLimit(limit: BulkheadOptions['limit']): number {
  return bulkhead(limit === undefined ? {} : { limit }).statistics().limit
}
