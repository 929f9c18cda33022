import type { ClientKind } from './client-under-test.ts'
import type { Complaints } from './trial.ts'

type Law<Treatment> = (kind: ClientKind, treatment: Treatment) => Promise<Complaints>

/** What is wrong with a client under each treatment, by its name, where anything is; all are tried at once. */
export async function complaints<Treatment extends { readonly name: string }>(
  kind: ClientKind,
  law: Law<Treatment>,
  treatments: readonly Treatment[],
): Promise<Readonly<Record<string, Complaints>>> {
  const all = treatments.map(async (each) => [each.name, await law(kind, each)] as const)
  return Object.fromEntries((await Promise.all(all)).filter(([, wrong]) => wrong.length > 0))
}
