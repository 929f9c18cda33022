import type { Client, Dependency, Route, Scenario } from '../scenario.ts'

/** A route, and where it stands. */
export interface RouteAt<Kind extends Route = Route> {
  readonly path: string
  readonly route: Kind
}

export function clientsAt({ clients }: Scenario): readonly RouteAt<Client>[] {
  return Object.entries(clients).map(([name, route]) => ({ path: `clients.${name}`, route }))
}

export function dependenciesAt({ services }: Scenario): readonly RouteAt<Dependency>[] {
  return Object.entries(services).flatMap(([name, { calls = [] }]) =>
    calls.map((route, place) => ({ path: `services.${name}.calls[${place}]`, route })),
  )
}
