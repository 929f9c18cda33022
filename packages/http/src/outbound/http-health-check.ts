import { HoldfastConfigError, systemClock } from '@holdfast/core'
import type { Endpoint } from '@holdfast/core'
import { callable, checkOptions, required, text } from '@holdfast/core/options'
import { StatusError } from '../status-error.ts'
import { Address } from './address.ts'
import { drain } from './drain.ts'

export interface HttpHealthCheckOptions {
  /** Below the endpoint's `url`, such as `/readyz`. */
  readonly path: string
  /** Whether an answer says that the endpoint is well. Default: any status from 200 to 299; redirects are not followed. */
  readonly expect?: ((response: Response) => boolean | Promise<boolean>) | undefined
  /** Makes the request; for a certificate of its own, or credentials. Default: the global `fetch`. */
  readonly fetch?: typeof fetch | undefined
}

const rules = { path: text, expect: callable, fetch: callable }

/** Asks an endpoint whether it is well: for `check` of the option `healthCheck` of `endpoints`. */
export function httpHealthCheck(
  given: HttpHealthCheckOptions,
): (endpoint: Endpoint, signal: AbortSignal) => Promise<void> {
  const options = checkOptions('httpHealthCheck', given, rules)
  const { path, expect = ({ ok }: Response): boolean => ok, fetch: ask = globalThis.fetch } = options
  required('httpHealthCheck', 'path', path, 'where an endpoint says whether it is well')
  return async (endpoint, signal) => {
    if (endpoint.url === undefined) {
      throw new HoldfastConfigError(`httpHealthCheck: endpoint '${endpoint.id}' has no url`)
    }
    const { url } = new Address('httpHealthCheck', endpoint.url, []).target(path)
    const response = await ask(url.href, { signal, redirect: 'manual' })
    try {
      if (!(await expect(response))) throw new StatusError(response.status)
    } finally {
      // What `expect` has read is gone already.
      drain(response.body, systemClock).catch(() => {})
    }
  }
}
