const retryable: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504])

/** What the service does not do, today as tomorrow. */
const unsupported: ReadonlySet<number> = new Set([501, 505])

/**
 * What a status says of an attempt. No 4xx counts against a service: it works, and says what it wants. Neither do 501
 * and 505.
 */
export function statusMeaning(status: number): { readonly retryable: boolean; readonly counts: boolean } {
  return { retryable: retryable.has(status), counts: status >= 500 && !unsupported.has(status) }
}
