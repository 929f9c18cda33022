import { HoldfastConfigError } from '@holdfast/core'
import type { Lifecycle } from '@holdfast/http'
import express from 'express'
import type { ErrorRequestHandler, RequestHandler, Response, Router } from 'express'
import type { InventoryClient } from './inventory-client.ts'
import type { Authentication, Role } from './tokens.ts'

/** What people may ask of the gateway itself. Whoever is not known learns no more than that. */
export function admin(authentication: Authentication, life: Lifecycle, inventory: InventoryClient): Router {
  const only = (...roles: readonly Role[]): RequestHandler => {
    return (request, response, next) => {
      const role = authentication.roleOf(request)
      if (role === undefined) {
        response.set('www-authenticate', 'Bearer')
        return problem(response, 401, 'Unauthorized')
      }
      if (!roles.includes(role)) return problem(response, 403, 'Forbidden')
      next()
    }
  }
  const routes = express.Router()
  routes.get('/status', only('viewer', 'operator'), life.status)
  // A body is read only when it is known who sends it.
  routes.put('/override', only('operator'), express.json({ limit: 1_000 }), (request, response) => {
    const { state, reason, forMs = 600_000 } = request.body ?? {}
    // There is none before something was sent, and so nothing to be spared.
    const { circuit } = inventory
    if (circuit === undefined) return problem(response, 409, 'The inventory has not been asked yet')
    circuit.override(state, { reason, forMs })
    response.status(204).end()
  })
  routes.delete('/override', only('operator'), (_request, response) => {
    inventory.circuit?.clearOverride()
    response.status(204).end()
  })
  routes.use(refuseNonsense)
  return routes
}

/** Only operators come so far, and it is about what they wrote. */
const refuseNonsense: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (error instanceof HoldfastConfigError) return problem(response, 400, error.message)
  const status: unknown = error instanceof Error && 'status' in error ? error.status : undefined
  if (status === 400 || status === 413) return problem(response, status, 'The body cannot be read')
  next(error)
}

export function problem(response: Response, status: number, title: string): void {
  response.set({ 'cache-control': 'no-store', 'content-type': 'application/problem+json' })
  response.status(status).send(JSON.stringify({ type: 'about:blank', title, status }))
}
