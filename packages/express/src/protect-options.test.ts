import { bulkhead, HoldfastConfigError, pipeline, retry } from '@holdfast/core'
import type { Guard } from '@holdfast/core'
import { expect, it } from 'vitest'
import { protect } from './protect.ts'
import type { ProtectOptions } from './protect.ts'

const cases: readonly [string, unknown, unknown, RegExp][] = [
  ['no guards', [], {}, /parts must be an array of at least one part/],
  [
    'a policy among the guards',
    [bulkhead(), retry()],
    {},
    /guards alone can admit requests; put 'retry' around the calls/,
  ],
  [
    'a pipeline of policies among the guards',
    [pipeline('inner', [retry()])],
    {},
    /guards alone can admit requests; put 'inner' around the calls/,
  ],
  ['options that are null', [bulkhead()], null, /options must be an object/],
  ['a list of options', [bulkhead()], [], /options must be an object/],
  ['a key that is no function', [bulkhead()], { key: 'x' }, /key must be a function, not "x"/],
  ['an unknown option', [bulkhead()], { keys: () => 'x' }, /unknown option 'keys'; known are key, exempt/],
  ['a clock that is none', [bulkhead()], { clock: Date }, /clock must be a Clock/],
]

it.each(cases)('protect() refuses %s', (_name, guards, options, message) => {
  // What a caller without types may hand over.
  const make = () => protect('web', guards as readonly Guard[], options as ProtectOptions)
  expect(make).toThrow(HoldfastConfigError)
  expect(make).toThrow(message)
})
