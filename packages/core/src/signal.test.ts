import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { linkTo, unlinkFrom } from './signal.ts'
import type { Abortable } from './signal.ts'

interface Told extends Abortable {
  readonly reasons: unknown[]
}

function member(onAbort: () => void = () => {}): Told {
  const reasons: unknown[] = []
  return {
    reasons,
    abort(reason) {
      reasons.push(reason)
      onAbort()
    },
  }
}

/** A signal that counts its listeners. */
function counted(): { readonly caller: AbortController; readonly listeners: () => number } {
  const caller = new AbortController()
  const { signal } = caller
  const { addEventListener, removeEventListener } = signal
  let count = 0
  signal.addEventListener = (...args: unknown[]) => {
    count++
    Reflect.apply(addEventListener, signal, args)
  }
  signal.removeEventListener = (...args: unknown[]) => {
    count--
    Reflect.apply(removeEventListener, signal, args)
  }
  return { caller, listeners: () => count }
}

describe('a signal that is linked', () => {
  test('tells every member its reason, once', () => {
    const { caller } = counted()
    const members = [member(), member()]
    for (const each of members) linkTo(caller.signal, each)
    caller.abort('why')
    caller.abort('again')
    expect(members.map(({ reasons }) => reasons)).toEqual([['why'], ['why']])
  })

  test('tells nobody who was unlinked', () => {
    const { caller } = counted()
    const [gone, stays] = [member(), member()]
    linkTo(caller.signal, gone)
    linkTo(caller.signal, stays)
    unlinkFrom(caller.signal, gone)
    caller.abort('why')
    expect([gone.reasons, stays.reasons]).toEqual([[], ['why']])
  })

  test('tells nobody who is unlinked by another member that hears first', () => {
    const { caller } = counted()
    const second = member()
    const first = member(() => unlinkFrom(caller.signal, second))
    linkTo(caller.signal, first)
    linkTo(caller.signal, second)
    caller.abort('why')
    expect([first.reasons, second.reasons]).toEqual([['why'], []])
  })

  test('carries one listener for any number of members, and none when they have left', () => {
    const { caller, listeners } = counted()
    const members = [member(), member(), member()]
    for (const each of members) linkTo(caller.signal, each)
    expect(listeners()).toBe(1)
    for (const each of members) unlinkFrom(caller.signal, each)
    expect(listeners()).toBe(0)
    linkTo(caller.signal, member())
    expect(listeners()).toBe(1)
  })

  test('is not disturbed by leaving twice, or without having come', () => {
    const { caller, listeners } = counted()
    const one = member()
    unlinkFrom(caller.signal, one)
    linkTo(caller.signal, one)
    linkTo(caller.signal, member())
    unlinkFrom(caller.signal, one)
    unlinkFrom(caller.signal, one)
    expect(listeners()).toBe(1)
  })

  test('D11: in any order of coming and going has a listener exactly while somebody is there, and tells those', () => {
    const steps = fc.array(fc.tuple(fc.constantFrom('link', 'unlink'), fc.nat({ max: 3 })), { maxLength: 30 })
    fc.assert(
      fc.property(steps, (history) => {
        const { caller, listeners } = counted()
        const members = [member(), member(), member(), member()]
        const there = new Set<number>()
        for (const [step, which] of history) {
          const one = members[which] as Told
          if (step === 'link') {
            linkTo(caller.signal, one)
            there.add(which)
          } else {
            unlinkFrom(caller.signal, one)
            there.delete(which)
          }
          expect(listeners()).toBe(there.size > 0 ? 1 : 0)
        }
        caller.abort('why')
        expect(members.map(({ reasons }) => reasons.length)).toEqual(
          members.map((_, which) => (there.has(which) ? 1 : 0)),
        )
      }),
    )
  })
})
