import type { Pipeline } from '@holdfast/core'
import type { Scope } from '@holdfast/http'
import type { FastifyRequest } from 'fastify'

/** Routes by their configuration, which is one object a route. */
const warned = new WeakSet<object>()

/**
 * Says once a route that Fastify's own `handlerTimeout` ends before the deadline: then Fastify answers, and the scope's
 * signal stays as it is.
 */
export function warnOfHandlerTimeout(scope: Scope, { clock }: Pipeline, request: FastifyRequest): void {
  if (scope.deadline === Infinity) return
  const { config, handlerTimeout = 0, method, url } = request.routeOptions
  if (handlerTimeout === 0) return
  const leftMs = Math.ceil(scope.deadline - clock.now())
  if (leftMs <= handlerTimeout || warned.has(config)) return
  warned.add(config)
  process.emitWarning(
    `${scope.name}: Fastify ends ${String(method)} ${url} after its handlerTimeout of ${handlerTimeout} ms, before the deadline of ${leftMs} ms; a handlerTimeout is to be the longer of the two`,
    { code: 'HOLDFAST_HANDLER_TIMEOUT' },
  )
}
