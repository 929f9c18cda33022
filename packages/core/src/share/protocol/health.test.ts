import { describe, expect, it } from 'vitest'
import { flushHealth } from './health-flush.ts'
import { lookHealth } from './health-look.ts'
import type { HealthPolicy } from './health-policy.ts'
import { probeHealth } from './health-probe.ts'
import { emptyHealth } from './health-record.ts'
import type { HealthRecord } from './health-record.ts'
import type { RegisterClaim } from './health-register.ts'
import type {
  EndpointDropped,
  EndpointReply,
  HealthFlushReply,
  HealthLookReply,
  HealthProbeReply,
} from './health-request.ts'
import { healthPolicy } from './health.arbitrary.ts'
import type { Message } from './message.ts'
import type { ProbeResult } from './probe.ts'
import { absurdMs } from './status.ts'
import type { Claim } from './status.ts'

const start = 1_800_000_000_000

interface Said {
  readonly by?: string
  readonly failures?: Readonly<Record<string, number>>
  readonly successes?: Readonly<Record<string, number>>
  readonly claims?: Readonly<Record<string, Partial<Claim>>>
  readonly register?: Partial<RegisterClaim>
  readonly endpoints?: readonly (readonly [name: string, group: number])[]
  readonly sequence?: number
  readonly fleet?: number
  readonly policy?: Partial<HealthPolicy>
}

/** A service with a primary and a standby, asked by instances that know what the server knows. */
class Service {
  record: HealthRecord = emptyHealth
  now = start
  messages: readonly Message[] = []
  reporters = 0
  readonly policy: HealthPolicy
  #sequence = 0

  constructor(policy: Partial<HealthPolicy> = {}) {
    this.policy = { ...healthPolicy, ...policy }
  }

  flush(said: Said = {}): Readonly<Record<string, EndpointReply>> {
    const { by = 'one', failures = {}, successes = {}, claims = {}, fleet = 1 } = said
    const {
      endpoints = [
        ['a', 0],
        ['b', 1],
      ],
      sequence = ++this.#sequence,
    } = said
    const { epoch, active, panic } = this.record
    const { record, reply, messages } = flushHealth(
      this.record,
      {
        type: 'health-flush',
        id: 's',
        instance: by,
        sequence,
        register: { epoch, active, panic, ...said.register },
        fleet,
        policy: { ...this.policy, ...said.policy },
        endpoints: endpoints.map(([endpoint, group]) => ({
          endpoint,
          group,
          claim: { ...this.claim(endpoint), ...claims[endpoint] },
          successes: successes[endpoint] ?? 0,
          failures: failures[endpoint] ?? 0,
        })),
      },
      this.now,
    )
    this.record = record
    this.messages = messages
    this.reporters = (reply satisfies HealthFlushReply).reporters
    return Object.fromEntries(endpoints.map(([name], index) => [name, reply.endpoints[index] ?? missing]))
  }

  /** Two instances see it fail, each with as many calls as the rules ask for. */
  fail(...names: readonly string[]): Readonly<Record<string, EndpointReply>> {
    const failures = Object.fromEntries(names.map((name) => [name, 4]))
    this.flush({ by: 'one', failures })
    return this.flush({ by: 'two', failures })
  }

  probe(
    endpoint: string,
    wanted: number,
    ends: readonly (readonly [number, ProbeResult])[] = [],
  ): HealthProbeReply {
    const reports = ends.map(([token, result]) => ({ token, result }))
    const claim = this.claim(endpoint)
    const { record, reply, messages } = probeHealth(
      this.record,
      { type: 'health-probe', id: 's', endpoint, claim, reports, wanted, policy: this.policy },
      this.now,
    )
    this.record = record
    this.messages = messages
    return reply
  }

  /** After its time is over it is probed, and all goes well. */
  recover(endpoint: string): HealthProbeReply {
    this.now += this.look(endpoint).endpoints[0]?.remainingMs ?? 0
    this.probe(endpoint, 3)
    return this.probe(endpoint, 0, [
      [1, 'succeeded'],
      [2, 'succeeded'],
    ])
  }

  look(...endpoints: readonly string[]): HealthLookReply {
    return lookHealth(this.record, { type: 'health-look', id: 's', endpoints }, this.now)
  }

  claim(endpoint: string): Claim {
    const {
      epoch = 0,
      status = 'closed',
      remainingMs = 0,
      openings = 0,
    } = this.look(endpoint).endpoints[0] ?? {}
    return { epoch, status, remainingMs, openings }
  }

  get reasons(): readonly string[] {
    return this.messages.flatMap((message) =>
      'reason' in message ? [`${message.type} ${message.reason}`] : [],
    )
  }
}

const missing: EndpointReply = { epoch: 0, status: 'closed', remainingMs: 0, openings: 0, dropped: 'none' }

const dropped = (reply: Readonly<Record<string, EndpointReply>>, name: string): EndpointDropped | undefined =>
  reply[name]?.dropped

describe('an endpoint', () => {
  it('is ejected when two instances have seen it fail, and the standby takes over in the same step', () => {
    const service = new Service()
    expect(service.fail('a')).toMatchObject({
      a: { epoch: start, status: 'open', remainingMs: 5_000, openings: 1 },
      b: { epoch: 0, status: 'closed' },
    })
    expect(service.reasons).toEqual(['endpoint tripped', 'register failover'])
    expect(service.look().register).toEqual({ epoch: start, active: 1, panic: false })
  })

  it('is not ejected for what one instance sees, nor for too few calls, nor for too small a share', () => {
    const [alone, few, small] = [new Service(), new Service(), new Service()]
    expect(alone.flush({ failures: { a: 100 } })['a']?.status).toBe('closed')
    few.flush({ by: 'one', failures: { a: 1 } })
    expect(few.flush({ by: 'two', failures: { a: 2 } })['a']?.status).toBe('closed')
    small.flush({ by: 'one', failures: { a: 4 }, successes: { a: 5 } })
    expect(small.flush({ by: 'two', failures: { a: 4 }, successes: { a: 4 } })['a']?.status).toBe('closed')
  })

  it('needs more witnesses the more instances are known, before they have all had time to report', () => {
    const service = new Service({ quorumRatio: 0.5 })
    service.flush({ by: 'one', failures: { a: 4 }, fleet: 5 })
    expect(service.flush({ by: 'two', failures: { a: 4 }, fleet: 5 })['a']?.status).toBe('closed')
    expect(service.flush({ by: 'three', failures: { a: 4 }, fleet: 5 })['a']?.status).toBe('open')
  })

  it('is not ejected for what others have seen of another', () => {
    const service = new Service()
    service.flush({ by: 'one', failures: { a: 8 } })
    const reply = service.flush({ by: 'two', failures: { b: 8 } })
    expect([reply['a']?.status, reply['b']?.status]).toEqual(['closed', 'closed'])
    expect(service.look().register.panic).toBe(false)
  })

  it('counts what comes twice once', () => {
    const service = new Service()
    service.flush({ by: 'one', failures: { a: 3 }, sequence: 7 })
    expect(dropped(service.flush({ by: 'one', failures: { a: 3 }, sequence: 7 }), 'a')).toBe('duplicate')
    expect(service.flush({ by: 'two', sequence: 8 })['a']?.status).toBe('closed')
  })

  it('takes no votes while it is ejected, nor for another epoch', () => {
    const service = new Service()
    service.fail('a')
    expect(dropped(service.flush({ failures: { a: 1 } }), 'a')).toBe('state')
    const late = { epoch: 0, status: 'closed' } as const
    expect(dropped(service.flush({ failures: { a: 1 }, claims: { a: late } }), 'a')).toBe('epoch')
  })

  it('forgets failures that have left the window', () => {
    const service = new Service()
    service.flush({ by: 'one', failures: { a: 3 } })
    service.now += 10_000
    expect(service.flush({ by: 'two', failures: { a: 3 } })['a']?.status).toBe('closed')
  })

  it('is ejected for twice as long the next time, up to the longest, and no longer when it was well for long', () => {
    const service = new Service()
    const lasted = [0, 1, 2].map(() => {
      const { a } = service.fail('a')
      service.recover('a')
      return a?.remainingMs
    })
    expect(lasted).toEqual([5_000, 10_000, 15_000])
    service.now += 20_000
    expect(service.fail('a')['a']?.openings).toBe(2)
    service.recover('a')
    service.now += 20_000
    expect(service.fail('a')['a']?.openings).toBe(1)
  })

  it('comes back by as many probes as the policy gives in all', () => {
    const service = new Service()
    service.fail('a')
    expect(service.probe('a', 3)).toMatchObject({ status: 'open', tokens: 0 })
    service.now += 5_000
    expect(service.probe('a', 2)).toMatchObject({
      status: 'half-open',
      firstToken: 1,
      tokens: 2,
      leaseMs: 2_000,
    })
    expect(service.probe('a', 5)).toMatchObject({ firstToken: 3, tokens: 1 })
    expect(service.probe('a', 5, [[1, 'failed']])).toMatchObject({ status: 'half-open', tokens: 0 })
    expect(service.probe('a', 0, [[2, 'succeeded']])).toMatchObject({ status: 'half-open' })
    expect(service.probe('a', 0, [[3, 'succeeded']])).toMatchObject({ status: 'closed', openings: 1 })
  })

  it('stays away when its probes fail or are never heard of again', () => {
    const service = new Service()
    service.fail('a')
    service.now += 5_000
    service.probe('a', 3)
    service.now += 2_000
    expect(service.probe('a', 1)).toMatchObject({
      status: 'open',
      expired: 3,
      openings: 1,
      remainingMs: 5_000,
    })
  })

  it('that the server does not know is probed by nobody', () => {
    const service = new Service()
    service.flush()
    expect(service.probe('unknown', 1, [[1, 'succeeded']])).toMatchObject({
      epoch: 0,
      dropped: 'epoch',
      tokens: 0,
    })
    expect(service.record.endpoints.has('unknown')).toBe(false)
  })

  it('is forgotten when nobody has named it for a minute, unless its time is running', () => {
    const service = new Service({ openMs: 120_000, maximumOpenMs: 120_000 })
    service.flush({
      endpoints: [
        ['a', 0],
        ['b', 1],
        ['c', 2],
      ],
    })
    service.fail('a')
    service.now += 60_000
    service.flush({ endpoints: [['b', 1]] })
    expect([...service.record.endpoints.keys()]).toEqual(['a', 'b'])
    service.now += 60_000
    service.flush({ endpoints: [['b', 1]] })
    expect([...service.record.endpoints.keys()]).toEqual(['b'])
  })

  it('is known if it is one of 64', () => {
    const service = new Service()
    const many = Array.from({ length: 65 }, (_, index) => [`e${index}`, 0] as const)
    const reply = service.flush({ endpoints: many })
    expect([dropped(reply, 'e63'), dropped(reply, 'e64')]).toEqual(['none', 'full'])
    service.now += 60_000
    expect(dropped(service.flush({ endpoints: many.slice(1) }), 'e64')).toBe('full')
    service.now += 60_000
    expect(dropped(service.flush({ endpoints: many.slice(1) }), 'e64')).toBe('none')
  })

  it('is of the group that those say who have the newest rules', () => {
    const service = new Service()
    service.flush({ policy: { version: 2 } })
    service.flush({
      policy: { version: 1 },
      endpoints: [
        ['a', 5],
        ['b', 0],
      ],
    })
    expect(service.record.endpoints.get('a')?.group).toBe(0)
    service.flush({
      policy: { version: 2 },
      endpoints: [
        ['a', 5],
        ['b', 0],
      ],
    })
    expect(service.record.endpoints.get('a')?.group).toBe(5)
  })
})

describe('the guard', () => {
  it('holds the last healthy endpoint, and all are used', () => {
    const service = new Service()
    service.fail('a')
    expect(service.fail('b')).toMatchObject({ a: { status: 'open' }, b: { status: 'closed', epoch: 0 } })
    expect(service.reasons).toEqual(['register panic'])
    expect(service.look().register.panic).toBe(true)
  })

  it('lets a held endpoint go as soon as another has come back', () => {
    const service = new Service()
    service.fail('a')
    service.fail('b')
    service.recover('a')
    expect(service.reasons).toEqual(['endpoint recovered', 'register calm'])
    service.flush()
    expect(service.reasons).toEqual(['endpoint tripped', 'register failover'])
    expect(service.look('a', 'b').endpoints.map(({ status }) => status)).toEqual(['closed', 'open'])
    expect(service.look().register).toMatchObject({ active: 0, panic: false })
  })

  it('ends the panic when the held endpoint is well', () => {
    const service = new Service()
    service.fail('a')
    service.fail('b')
    service.flush({ successes: { b: 8 } })
    expect(service.look().register.panic).toBe(true)
    service.flush({ successes: { b: 1 } })
    expect(service.reasons).toEqual(['register calm'])
  })

  it('never ejects the only endpoint', () => {
    const service = new Service({ minimumHealthy: 0 })
    service.flush({ by: 'one', failures: { a: 4 }, endpoints: [['a', 0]] })
    const { a } = service.flush({ by: 'two', failures: { a: 4 }, endpoints: [['a', 0]] })
    expect(a?.status).toBe('closed')
    expect(service.look().register.panic).toBe(true)
  })

  it('panics when so many have gone out of use that too many of the rest are ejected', () => {
    const four = [
      ['a', 0],
      ['b', 0],
      ['c', 0],
      ['d', 0],
    ] as const
    const service = new Service({ openMs: 120_000, maximumOpenMs: 120_000 })
    service.flush({ endpoints: four })
    service.fail('a', 'b')
    expect(service.look().register.panic).toBe(false)
    service.now += 60_000
    service.flush({ endpoints: four.slice(0, 3) })
    expect(service.reasons).toEqual(['register panic'])
  })
})

describe('the register', () => {
  it('goes back to the primary after the dwell, and not before', () => {
    const service = new Service()
    service.fail('a')
    const since = service.now
    service.recover('a')
    service.now = since + 29_999
    service.flush()
    expect(service.look().register.active).toBe(1)
    service.now = since + 30_000
    service.flush()
    expect(service.reasons).toEqual(['register failback'])
    expect(service.look().register.active).toBe(0)
  })

  it('leaves a standby that fails at once, dwell or not', () => {
    const service = new Service()
    service.fail('a')
    service.recover('a')
    service.fail('b')
    expect(service.reasons).toEqual(['endpoint tripped', 'register failover'])
    expect(service.look().register.active).toBe(0)
  })

  it('skips a group of which nobody is healthy', () => {
    const service = new Service()
    const endpoints = [
      ['a', 0],
      ['b', 1],
      ['c', 2],
      ['d', 3],
    ] as const
    service.flush({ endpoints })
    service.fail('b')
    expect(service.look().register.active).toBe(0)
    service.fail('a')
    expect(service.look().register.active).toBe(2)
  })

  it('waits for the whole dwell again when the clock has stepped back', () => {
    const service = new Service()
    service.fail('a')
    service.recover('a')
    service.now -= 3_600_000
    service.flush()
    service.now += 29_999
    service.flush()
    expect(service.look().register.active).toBe(1)
    service.now += 1
    service.flush()
    expect(service.look().register.active).toBe(0)
  })
})

describe('what was lost', () => {
  const ejected = { epoch: start - 10, status: 'open', remainingMs: 4_000, openings: 2 } as const

  it('is restored from claims under new epochs, whole', () => {
    const service = new Service()
    const reply = service.flush({ claims: { a: ejected }, register: { epoch: start - 5, active: 1 } })
    expect(reply['a']).toMatchObject({ status: 'open', remainingMs: 4_000, openings: 2, dropped: 'repaired' })
    expect(reply['a']?.epoch).toBeGreaterThan(ejected.epoch)
    expect(service.reasons).toEqual(['endpoint restored', 'register restored'])
    expect(service.look().register).toMatchObject({ active: 1, panic: false })
    expect(service.look().register.epoch).toBeGreaterThan(start - 5)
  })

  it('is restored only as far as the guard allows', () => {
    const service = new Service()
    const reply = service.flush({ claims: { a: ejected, b: ejected } })
    expect([reply['a']?.status, reply['b']?.status]).toEqual(['open', 'closed'])
  })

  it('is open with nothing left to wait for where it was being probed', () => {
    const service = new Service()
    const reply = service.flush({ claims: { a: { ...ejected, status: 'half-open' } } })
    expect(reply['a']).toMatchObject({ status: 'open', remainingMs: 0 })
  })

  it('is settled strictly where two masters disagree about one epoch', () => {
    const service = new Service()
    service.fail('a')
    const { epoch } = service.claim('a')
    const reply = service.flush({ claims: { a: { status: 'closed' } }, register: { active: 0 } })
    expect(reply['a']).toMatchObject({ status: 'open', dropped: 'repaired' })
    expect(reply['a']?.epoch).toBeGreaterThan(epoch)
    expect(service.reasons).toEqual(['endpoint conflict', 'register conflict'])
    expect(service.look().register.active).toBe(1)
  })

  it('is led back where the claim is from a clock that was wrong by days', () => {
    const service = new Service()
    service.fail('a')
    const far = service.now + absurdMs
    const reply = service.flush({ claims: { a: { epoch: far } }, register: { epoch: far, active: 0 } })
    expect(reply['a']?.epoch).toBeLessThan(far)
    expect(service.reasons).toEqual(['endpoint rebased', 'register rebased'])
    expect(service.look().register.active).toBe(1)
  })

  it('is cut to what was meant when the clock steps back', () => {
    const service = new Service()
    service.fail('a')
    service.now -= 3_600_000
    expect(service.look('a').endpoints[0]?.remainingMs).toBe(5_000)
  })

  it('leaves no instance among the reporters that has been silent for a window', () => {
    const service = new Service()
    service.flush({ by: 'gone' })
    service.now += 20_000
    service.flush({ by: 'one', sequence: 255 })
    expect(service.reporters).toBe(2)
    service.flush({ by: 'one', sequence: 256 })
    expect(service.reporters).toBe(1)
  })
})
