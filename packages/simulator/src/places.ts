import type { Client, Scenario, Service } from './scenario.ts'

/** The names of a thing of which there may be several: its own, or numbered from 1 on. */
export function namesOf(name: string, count: number): readonly string[] {
  return count === 1 ? [name] : Array.from({ length: count }, (_, place) => `${name}-${place + 1}`)
}

export interface Place<Kind> {
  readonly name: string
  /** The service or client that it is one of. */
  readonly of: string
  readonly kind: Kind
}

export function replicasOf({ services }: Scenario): readonly Place<Service>[] {
  return Object.entries(services).flatMap(([of, kind]) =>
    namesOf(of, kind.replicas ?? 1).map((name) => ({ name, of, kind })),
  )
}

export function instancesOf({ clients }: Scenario): readonly Place<Client>[] {
  return Object.entries(clients).flatMap(([of, kind]) =>
    namesOf(of, kind.instances ?? 1).map((name) => ({ name, of, kind })),
  )
}

/** Whether `named` means the place: by its own name, or by that of what it is one of. */
export function means(named: string, { name, of }: { readonly name: string; readonly of: string }): boolean {
  return named === name || named === of
}
