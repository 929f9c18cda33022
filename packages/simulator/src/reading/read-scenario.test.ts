import { standard } from '@holdfast/core'
import { describe, expect, it } from 'vitest'
import type { Scenario } from '../scenario.ts'
import { ScenarioError } from '../scenario-error.ts'
import { simulate } from '../simulate.ts'
import { readScenario } from './read-scenario.ts'

const small = {
  name: 'small',
  durationMs: 10_000,
  services: { inventory: { serviceMs: 10, replicas: 2 } },
  clients: { web: { to: 'inventory', load: { kind: 'open', perSecond: 10 }, pipeline: 'standard' } },
}

describe('a scenario', () => {
  it('is read from the text of a file, where a pipeline may be the preset', () => {
    const text = JSON.stringify({ $schema: './scenario.schema.json', ...small })
    const read = readScenario(text)
    expect(read.clients['web']?.pipeline).toEqual(standard)
    expect(read).not.toHaveProperty('$schema')
  })

  it('can have something else at a place, also within the preset', () => {
    const read = readScenario(small, {
      set: { 'clients.web.pipeline[1].attempts': 5, 'clients.web.patienceMs': 200 },
    })
    const pipeline = standard.map((part) => (part.kind === 'retry' ? { ...part, attempts: 5 } : part))
    expect(read.clients['web']).toMatchObject({ patienceMs: 200, pipeline })
    expect(small.clients.web).not.toHaveProperty('patienceMs')
  })

  it('is looked at before it is played', async () => {
    const wrong = { ...small, clients: {} } as unknown as Scenario
    await expect(simulate(wrong)).rejects.toThrow(new ScenarioError('clients', 'expected at least one'))
  })

  it('may say of what is left out that it is undefined', () => {
    const read = readScenario({ ...small, seed: undefined, injections: undefined })
    expect(read).toEqual(readScenario(small))
  })

  it('keeps what is a function in code', () => {
    const isFailure = (): boolean => false
    const pipeline = [{ kind: 'circuit-breaker', isFailure }]
    const read = readScenario(small, { set: { 'clients.web.pipeline': pipeline } })
    expect(read.clients['web']?.pipeline).toEqual(pipeline)
  })
})

describe('one line says what is wrong with', () => {
  const target = { target: 'inventory', fromMs: 0 }

  it.each<readonly [what: string, set: Readonly<Record<string, unknown>>, line: string]>([
    [
      'a value',
      { 'clients.web.load.perSecond': 'many' },
      'clients.web.load.perSecond: expected a number from 0 to 1000000, or an array of steps, not "many"',
    ],
    [
      'one that is missing',
      { name: undefined },
      'name: expected a text that is not empty, but it is missing',
    ],
    [
      'a name that is not known',
      { 'clients.web.patience': 5 },
      'clients.web.patience: unknown; did you mean patienceMs?',
    ],
    [
      'a kind',
      { 'services.inventory.serviceMs': { kind: 'normale', meanMs: 5 } },
      'services.inventory.serviceMs.kind: expected one of exponential, uniform, normal, lognormal, gamma, pareto, mixture, not "normale"',
    ],
    [
      'a duration that cannot be drawn',
      { 'services.inventory.serviceMs': { kind: 'uniform', leastMs: 5, mostMs: 4 } },
      'services.inventory.serviceMs.mostMs: expected at least leastMs, not 4',
    ],
    [
      'the name of a service',
      { 'services.a b.serviceMs': 1 },
      'services.a b: expected a name of at most 64 letters, digits, - and _ that begins with a letter or digit, not "a b"',
    ],
    [
      'a name that two have',
      { 'services.inventory-1.serviceMs': 5 },
      "services.inventory: expected names that nothing else has, but services.inventory-1 has 'inventory-1' too",
    ],
    [
      'a way',
      { 'clients.web.to': 'inventroy' },
      'clients.web.to: expected a service, not "inventroy"; did you mean inventory?',
    ],
    [
      'a circle',
      {
        'services.inventory.calls': [{ to: 'price' }],
        'services.price': { serviceMs: 1, calls: [{ to: 'inventory' }] },
      },
      'services.price.calls[0].to: expected no circle of services, not inventory > price > inventory',
    ],
    [
      'the option of a part',
      { 'clients.web.pipeline[1].attempts': 0 },
      'clients.web.pipeline[1]: retry: attempts must be an integer of at least 1, not 0',
    ],
    [
      'the order of parts',
      { 'clients.web.pipeline[5]': { kind: 'retry' } },
      "clients.web.pipeline: two parts are named 'retry'; give one of them another name",
    ],
    [
      'an endpoint',
      { 'clients.web.pipeline': [{ kind: 'endpoints', primary: [{ id: 'inventory' }] }] },
      'clients.web.pipeline[0].primary[0].id: expected the name of a replica, not "inventory"; did you mean inventory-1?',
    ],
    [
      'one of each key',
      {
        'clients.web.pipeline': [
          {
            kind: 'keyed',
            parts: [{ kind: 'fallback', endpoints: [{ id: 'inventory-1' }, { id: 'inventory-9' }] }],
          },
        ],
      },
      'clients.web.pipeline[0].parts[0].endpoints[1].id: expected the name of a replica, not "inventory-9"; did you mean inventory-1?',
    ],
    [
      'a part that shares with nobody',
      { 'clients.web.pipeline[2].shared': {} },
      'clients.web.pipeline[2].shared: expected a client whose shared is true around it',
    ],
    [
      'a door that is no guard',
      { 'services.inventory.guards': [{ kind: 'retry' }] },
      'services.inventory.guards[0].kind: expected a guard, not "retry"',
    ],
    [
      'a cache of nothing',
      { 'clients.web.cache.ttlMs': 5 },
      'clients.web.cache: expected keys beside it: without them no call has one',
    ],
    [
      'steps of a load',
      {
        'clients.web.load.perSecond': [
          { fromMs: 0, perSecond: 1, rampMs: 500 },
          { fromMs: 400, perSecond: 2 },
        ],
      },
      'clients.web.load.perSecond[1].fromMs: expected more than the step before, which is done at 500, not 400',
    ],
    [
      'a warm-up without end',
      { warmUpMs: 10_000 },
      'warmUpMs: expected less than durationMs, 10000, not 10000',
    ],
    [
      'a time',
      { injections: [{ kind: 'down', ...target, toMs: 20_000 }] },
      'injections[0].toMs: expected at most durationMs, 10000, not 20000',
    ],
    [
      'a place',
      { injections: [{ kind: 'down', ...target, target: 'inventory-3' }] },
      'injections[0].target: expected a service or one of its replicas, not "inventory-3"; did you mean inventory-1?',
    ],
    [
      'turns without number',
      { injections: [{ kind: 'down', ...target, flapping: { onMs: 0.001, offMs: 0.001 } }] },
      'injections[0].flapping: expected at most 1000 turns, not 5000000',
    ],
    [
      'a time without end',
      { durationMs: 1e12 },
      'durationMs: expected a number of milliseconds above 0, a week at most, not 1000000000000',
    ],
    [
      'an id that two have',
      {
        injections: [
          { kind: 'down', ...target },
          { kind: 'hang', ...target, id: 'down-1' },
        ],
      },
      "injections[1].id: expected an id of its own, but injections[0] has 'down-1' too",
    ],
    [
      'one that changes nothing',
      { injections: [{ kind: 'slow', ...target }] },
      'injections[0]: expected factor or addMs',
    ],
    [
      'a hot key of nobody',
      { injections: [{ kind: 'hot-key', client: 'web', key: 'key-1', times: 9, fromMs: 0 }] },
      'injections[0].client: expected a client with keys, not "web"',
    ],
    [
      'a store that nobody uses',
      { injections: [{ kind: 'store-down', fromMs: 0 }] },
      'injections[0]: expected a client whose shared is true: nobody else uses the store',
    ],
    [
      'a path',
      { 'clients..web': 5 },
      'clients..web: expected a path such as clients.web.pipeline[1].attempts',
    ],
    [
      'a place beyond the end',
      { 'clients.web.pipeline[9].limit': 5 },
      'clients.web.pipeline[9]: expected a place from 0 to 5',
    ],
    [
      'a member of a number',
      { 'durationMs.x': 5 },
      'durationMs: expected an object, whose member can be set',
    ],
  ])('%s', (_what, set, line) => {
    const [path = '', ...problem] = line.split(': ')
    expect(() => readScenario(small, { set })).toThrow(new ScenarioError(path, problem.join(': ')))
  })

  it('a name that would tell a terminal what to do', () => {
    const given = { ...small, '\u001b[2Jx\n': 1 }
    expect(() => readScenario(given)).toThrow(/^\\u001b\[2Jx\\u000a: unknown; known are name, /)
  })

  it('a file that is no JSON', () => {
    expect(() => readScenario('{ "name": "small",\n }')).toThrow(/^scenario: expected JSON: [^\n]+$/)
    expect(() => readScenario('{ "services": { "__proto__": {} } }')).toThrow(
      '__proto__: expected another name',
    )
  })
})
