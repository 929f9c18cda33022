import { describe, expect, it } from 'vitest'
import { givenIn } from '../flags.ts'
import { settingsFrom } from './settings.ts'
import type { Settings } from './settings.ts'

const flags = {
  set: { type: 'string', multiple: true, help: '' },
  seed: { type: 'string', help: '' },
} as const

const settings = (...args: readonly string[]): Settings => settingsFrom(givenIn(args, flags))

describe('what is set', () => {
  it.each([
    ['a=5', 5],
    ['a="5"', '5'],
    ['a=standard', 'standard'],
    ['a=[1, {"b": null}]', [1, { b: null }]],
    ['a=x=y', 'x=y'],
    ['a=', ''],
  ])('%s', (text, value) => expect(settings('--set', text).set).toEqual({ a: value }))

  it('may be several; of a path the last', () => {
    expect(settings('--set', 'a=1,2', '--set', 'b[0].c=true', '--set', 'a=3').set).toEqual({
      a: 3,
      'b[0].c': true,
    })
  })

  it.each(['a', '=5', ''])('is no %j', (text) => {
    expect(() => settings('--set', text)).toThrow('--set must be PATH=VALUE')
  })
})

describe('the seed', () => {
  it('is a whole number', () => {
    expect([settings().seed, settings('--seed', '0').seed, settings('--seed', '12').seed]).toEqual([
      undefined,
      0,
      12,
    ])
  })

  it.each(['', '1.5', '1e3', 'one', '9007199254740992'])('is not %j', (text) => {
    expect(() => settings('--seed', text)).toThrow('--seed must be a whole number from 0 on')
  })
})
