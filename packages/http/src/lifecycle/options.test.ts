import { createServer } from 'node:http'
import { HoldfastConfigError } from '@holdfast/core'
import { expect, it } from 'vitest'
import { lifecycle } from './lifecycle.ts'

it.each([
  [{ announceMs: -1 }, 'lifecycle: announceMs must be a finite number of milliseconds of at least 0, not -1'],
  [
    { drainMs: Number.NaN },
    'lifecycle: drainMs must be a finite number of milliseconds of at least 0, not NaN',
  ],
  [
    { cleanupMs: Infinity },
    'lifecycle: cleanupMs must be a finite number of milliseconds of at least 0, not Infinity',
  ],
  [{ signals: 'SIGTERM' }, 'lifecycle: signals must be an array of names of signals, not "SIGTERM"'],
  [{ signals: ['SIGTERMINATE'] }, 'lifecycle: signals must be an array of names of signals, not an array'],
  [{ cleanups: [1] }, 'lifecycle: cleanups must be an array of functions, not an array'],
  [{ ready: true }, 'lifecycle: ready must be a function, not true'],
  [{ status: {} }, 'lifecycle: status: allow must be given: whether a request may see it'],
  [{ status: { allow: true } }, 'lifecycle: status: allow must be a function, not true'],
  [
    { status: { pipelines: {} } },
    'lifecycle: status: pipelines must be an array of pipelines, not an object',
  ],
  [{ onDrain: 1 }, /^lifecycle: unknown option 'onDrain'; known are signals, announceMs,/],
])('%o is refused', (options, message) => {
  const make = (): unknown => lifecycle(createServer(), options as object)
  expect(make).toThrow(message)
  expect(make).toThrow(HoldfastConfigError)
})

it('what is no server is refused', () => {
  expect(() => lifecycle({} as never)).toThrow('lifecycle: the first argument must be a server of Node')
  expect(() => lifecycle(createServer(), null as never)).toThrow(
    'lifecycle: options must be an object, not null',
  )
})
