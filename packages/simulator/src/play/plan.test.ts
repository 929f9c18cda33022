import { describe, expect, it } from 'vitest'
import { changesOf, injectionReports, occurrencesOf } from './plan.ts'
import type { Injection } from '../injection.ts'
import type { Client, Scenario } from '../scenario.ts'
import { simulate } from '../simulate.ts'

const web: Client = {
  to: 'server',
  load: { kind: 'open', perSecond: 100, arrivals: 'regular' },
  patienceMs: 100,
}

function during(...injections: readonly Injection[]): Scenario {
  const services = { server: { serviceMs: 1 } }
  return { name: 'during', durationMs: 4_000, services, clients: { web }, injections }
}

/** Of each second, how many calls failed. */
async function failures(scenario: Scenario, changes: Partial<Client> = {}): Promise<unknown> {
  const { clients } = await simulate({ ...scenario, clients: { web: { ...web, ...changes } } })
  return clients['web']?.series.map(({ failed }) => failed)
}

describe('what is injected', () => {
  it('comes and goes where it flaps, and is over in a moment where something is flushed', () => {
    const flapping = { onMs: 300, offMs: 700 }
    const scenario = during(
      { kind: 'down', target: 'server', fromMs: 1_000, toMs: 3_200, flapping },
      { kind: 'cache-flush', id: 'flush', client: 'web', fromMs: 2_500 },
    )
    expect(injectionReports(scenario).map(({ id, fromMs, toMs }) => [id, fromMs, toMs])).toEqual([
      ['down-1', 1_000, 1_300],
      ['down-1', 2_000, 2_300],
      ['flush', 2_500, 2_500],
      ['down-1', 3_000, 3_200],
    ])
  })

  it('ends before something else begins at the same moment, whatever their order in the list', () => {
    const later: Injection = { kind: 'sick', client: 'web', ratio: 1, fromMs: 2_000 }
    const earlier: Injection = { kind: 'sick', client: 'web', ratio: 1, fromMs: 1_000, toMs: 2_000 }
    const changes = changesOf(occurrencesOf(during(later, earlier))).map(({ atMs, injection, on }) => [
      atMs,
      injection,
      on,
    ])
    expect(changes.slice(1, 3)).toEqual([
      [2_000, earlier, false],
      [2_000, later, true],
    ])
  })

  it('of one kind holds as it came last, and after that as it was before', async () => {
    const scenario = during(
      { kind: 'sick', client: 'web', ratio: 1, fromMs: 0 },
      { kind: 'sick', client: 'web-1', ratio: 0, fromMs: 1_000, toMs: 2_000 },
    )
    // The first call comes when an interval has passed.
    expect(await failures(scenario, { instances: 2 })).toEqual([99, 50, 100, 100])
  })

  it('lets nothing through between those who are parted, whatever else their network is like', async () => {
    const scenario = during(
      { kind: 'partition', client: 'web', target: 'server', fromMs: 1_000, toMs: 3_000 },
      { kind: 'network', client: 'web', target: 'server', fromMs: 2_000, delayMs: 1 },
    )
    expect(await failures(scenario)).toEqual([0, 100, 100, 0])
  })
})
