import { seededRandom } from '@holdfast/testing'
import type { PartConfig } from '@holdfast/core'
import { simulate } from '@holdfast/simulator'
import type { Caller, CallerSurroundings, PlayOptions, Report, Scenario } from '@holdfast/simulator'
import { cockatielFrom } from './cockatiel.ts'
import { MachineTime } from './machine-time.ts'
import { opossumFrom } from './opossum.ts'

export type Peer = 'cockatiel' | 'opossum'

/** What a peer puts around calls in place of parts of ours. */
export type PeerCaller = Caller & Partial<Disposable>

const translations: Readonly<Record<Peer, (parts: readonly PartConfig[]) => PeerCaller>> = {
  cockatiel: cockatielFrom,
  opossum: opossumFrom,
}

/** The same scenario with a peer in place of every pipeline of a client, in virtual time. */
export function simulatePeer(scenario: Scenario, peer: Peer, options: PlayOptions): Promise<Report> {
  return simulateCallers(scenario, options, ({ pipeline }) => translations[peer](pipeline))
}

/** The same scenario with a caller in place of every pipeline of a client, in virtual time. */
export async function simulateCallers(
  scenario: Scenario,
  options: PlayOptions,
  make: (client: { readonly pipeline: readonly PartConfig[] }) => PeerCaller,
): Promise<Report> {
  const made: PeerCaller[] = []
  let time: MachineTime | undefined
  const callers = Object.entries(scenario.clients).flatMap(([name, { pipeline = [] }]) =>
    pipeline.length === 0
      ? []
      : [
          [
            name,
            (_around: CallerSurroundings) => {
              const caller = make({ pipeline })
              made.push(caller)
              return caller
            },
          ] as const,
        ],
  )
  try {
    return await simulate(scenario, {
      ...options,
      callers: Object.fromEntries(callers),
      onClock: (clock) => {
        time = new MachineTime(clock, seededRandom(options.seed ?? scenario.seed ?? 1))
      },
    })
  } finally {
    for (const caller of made) caller[Symbol.dispose]?.()
    time?.[Symbol.dispose]()
  }
}
