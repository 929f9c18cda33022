import { describe, expect, it } from 'vitest'
import { closed, hasProbe, step, tripReason } from './machine.ts'
import type { HalfOpen, State } from './machine.ts'
import { settingsFrom } from './options.ts'
import type { CircuitBreakerOptions } from './options.ts'

const rules = (options: CircuitBreakerOptions = {}) => settingsFrom('breaker', options)

const probing: HalfOpen = {
  kind: 'half-open',
  generation: 3,
  since: 0,
  openings: 1,
  leases: [],
  successes: 0,
  failures: 0,
  returned: 0,
}

/** What the state is at `now`. */
function at(now: number, state: State): State {
  const next = step(state, { type: 'looked', now, jitter: 0 }, rules())
  return next === state ? state : at(now, next)
}

const ended = (lease: number, result: 'success' | 'failure') =>
  ({ type: 'probe-ended', now: 50, jitter: 0, lease, result }) as const

describe('the circuit as a machine', () => {
  it('opens again when the second of three probes was lost, in whatever order their leases were given', () => {
    expect(at(1_000, { ...probing, leases: [200, 300, 400] })).toMatchObject({ kind: 'open', since: 300 })
    expect(at(1_000, { ...probing, leases: [400, 200, 300] })).toMatchObject({ kind: 'open', since: 300 })
  })

  it('goes on probing when one of three was lost', () => {
    expect(at(250, { ...probing, leases: [200, 300] })).toMatchObject({ failures: 1, leases: [300] })
  })

  it('has as many probes to give as neither run nor have ended', () => {
    expect(hasProbe({ ...probing, leases: [100], failures: 1 }, rules())).toBe(true)
    expect(hasProbe({ ...probing, leases: [100], successes: 1, failures: 1 }, rules())).toBe(false)
  })

  it('hears nothing of a probe whose lease it does not know', () => {
    const state = { ...probing, leases: [100] }
    expect(step(state, ended(99, 'success'), rules())).toBe(state)
  })

  it('hears nothing of probes while it does not probe', () => {
    const state = closed(1, 0, rules())
    expect(step(state, { type: 'probed', now: 0 }, rules())).toBe(state)
    expect(step(state, ended(100, 'failure'), rules())).toBe(state)
  })

  it('begins a later generation with every transition', () => {
    const first = closed(1, 0, rules())
    const opened = step(first, { type: 'tripped', now: 0, jitter: 0, reason: 'failures' }, rules())
    const halfOpen = step(opened, { type: 'looked', now: 1_000, jitter: 0 }, rules())
    const last = step(
      { ...probing, generation: 3, leases: [100], successes: 1 },
      ended(100, 'success'),
      rules(),
    )
    expect([first, opened, halfOpen, last].map(({ generation }) => generation)).toEqual([1, 2, 3, 4])
    expect(last.kind).toBe('closed')
  })

  it('does not open on a failureRatio of 0 while nothing fails', () => {
    const strict = rules({ failureRatio: 0, minimumCalls: 1, slowCallMs: 10, slowRatio: 1 })
    const state = closed(1, 0, strict)
    state.window.add(0, false, false)
    state.window.add(0, false, true)
    expect(tripReason(state, 0, 0, strict)).toBeUndefined()
  })
})
