import type { SeededRandom } from '@holdfast/testing'
import { replicasOf } from '../places.ts'
import type { Scenario } from '../scenario.ts'

/** Chance of the parts of a ground. */
export interface Chances {
  readonly network: SeededRandom
  readonly store: SeededRandom
  /** By replica. */
  readonly replicas: ReadonlyMap<string, SeededRandom>
}

/** Drawn from that of the ground: the same for the same scenario, in whichever process a part is. */
export function chancesOf(scenario: Scenario, random: SeededRandom): Chances {
  return {
    network: random.fork(),
    store: random.fork(),
    replicas: new Map(replicasOf(scenario).map(({ name }) => [name, random.fork()])),
  }
}
