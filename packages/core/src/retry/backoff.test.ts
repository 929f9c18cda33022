import { describe, expect, test } from 'vitest'
import { HoldfastConfigError } from '../check.ts'
import { backoff } from './backoff.ts'
import type { BackoffOptions } from './backoff.ts'

const always = (value: number) => () => value

function delays(options: BackoffOptions, count: number, random = always(0.5)): readonly number[] {
  const sequence = backoff(options).start()
  return Array.from({ length: count }, (_, index) => sequence.next(index + 1, random))
}

describe('backoff without jitter', () => {
  test('constant waits the base each time', () => {
    expect(delays({ type: 'constant', jitter: 'none', baseMs: 50 }, 3)).toEqual([50, 50, 50])
  })

  test('linear adds the base each time', () => {
    expect(delays({ type: 'linear', jitter: 'none', baseMs: 50 }, 3)).toEqual([50, 100, 150])
  })

  test('exponential doubles each time, from 100 ms to 2 s where nothing is said', () => {
    expect(delays({ jitter: 'none' }, 7)).toEqual([100, 200, 400, 800, 1_600, 2_000, 2_000])
  })

  test('factor is what an exponential delay is multiplied with', () => {
    expect(delays({ jitter: 'none', baseMs: 10, factor: 3 }, 3)).toEqual([10, 30, 90])
  })

  test('maximumMs caps the delay', () => {
    expect(delays({ type: 'linear', jitter: 'none', maximumMs: 250 }, 4)).toEqual([100, 200, 250, 250])
  })

  test('a base above the default cap is its own cap', () => {
    expect(delays({ type: 'constant', jitter: 'none', baseMs: 5_000 }, 1)).toEqual([5_000])
  })
})

describe('jitter', () => {
  const plain = { type: 'constant', baseMs: 100 } as const

  test('full draws from 0 to the delay', () => {
    expect(delays({ ...plain, jitter: 'full' }, 1, always(0))).toEqual([0])
    expect(delays({ ...plain, jitter: 'full' }, 1, always(0.25))).toEqual([25])
  })

  test('equal keeps half of the delay', () => {
    expect(delays({ ...plain, jitter: 'equal' }, 1, always(0))).toEqual([50])
    expect(delays({ ...plain, jitter: 'equal' }, 1, always(0.5))).toEqual([75])
  })

  test('bounded draws from 80 to 120 per cent', () => {
    expect(delays({ ...plain, jitter: 'bounded' }, 1, always(0))).toEqual([80])
    expect(delays({ ...plain, jitter: 'bounded' }, 1, always(0.5))).toEqual([100])
    expect(delays({ ...plain, jitter: 'bounded' }, 1, always(0.75))[0]).toBeCloseTo(110)
  })

  test('the cap holds after the jitter too', () => {
    expect(delays({ ...plain, jitter: 'bounded', maximumMs: 100 }, 1, always(0.9))).toEqual([100])
  })

  test('aws-decorrelated draws from the base to three times the delay before', () => {
    expect(delays({ jitter: 'aws-decorrelated', maximumMs: 10_000 }, 3)).toEqual([200, 350, 575])
    expect(delays({ jitter: 'aws-decorrelated' }, 2, always(0))).toEqual([100, 100])
  })

  test('decorrelated waits as long as it may where the curve has left every number, and never from a base of 0', () => {
    const endless = [1_001, 5_000].map((retry) => [
      backoff({ maximumMs: 9_000 }).start().next(retry, always(0.5)),
      backoff({ baseMs: 0 }).start().next(retry, always(0.5)),
    ])
    expect(endless).toEqual([
      [9_000, 0],
      [9_000, 0],
    ])
  })

  test('each call has a sequence of its own', () => {
    const shared = backoff({ jitter: 'aws-decorrelated' })
    const first = shared.start()
    first.next(1, always(0.9))
    expect(first.next(2, always(0.5))).not.toBe(shared.start().next(1, always(0.5)))
  })

  test('exponential is decorrelated where nothing is said, the others are full', () => {
    expect(backoff().describe()).toMatchObject({ type: 'exponential', jitter: 'decorrelated', factor: 2 })
    expect(backoff({ type: 'linear' }).describe()).toMatchObject({ jitter: 'full' })
    expect(backoff({ type: 'constant' }).describe()).toMatchObject({ jitter: 'full' })
    expect(backoff({ factor: 3 }).describe()).toMatchObject({ jitter: 'full' })
  })
})

describe('backoff options', () => {
  test.each<[BackoffOptions, RegExp]>([
    [{ baseMs: -1 }, /^backoff: baseMs must be a finite number of milliseconds of at least 0, not -1/],
    [{ maximumMs: Number.NaN }, /maximumMs must be/],
    [{ baseMs: Infinity }, /baseMs must be/],
    [{ factor: 0.5 }, /factor must be a number from 1/],
    [{ jitter: 'some' as 'full' }, /jitter must be one of/],
    [{ type: 'cubic' as 'linear' }, /type must be one of/],
    [{ exponent: 2 } as BackoffOptions, /unknown option 'exponent'/],
    [{ baseMs: 500, maximumMs: 100 }, /maximumMs must be at least baseMs, 500, not 100/],
  ])('%o is refused by name, bound and value', (options, message) => {
    expect(() => backoff(options)).toThrow(HoldfastConfigError)
    expect(() => backoff(options)).toThrow(message)
  })

  test.each<[BackoffOptions, RegExp]>([
    [{ type: 'linear', factor: 3 }, /factor must be left out where type is 'linear', not 3/],
    [{ type: 'constant', factor: 2 }, /factor must be left out where type is 'constant', not 2/],
    [
      { type: 'linear', jitter: 'decorrelated' },
      /type must be 'exponential' .* 'decorrelated', not 'linear'/,
    ],
    [{ type: 'constant', jitter: 'aws-decorrelated' }, /type must be 'exponential' .* not 'constant'/],
    [{ jitter: 'decorrelated', factor: 3 }, /factor must be 2 with jitter 'decorrelated', not 3/],
    [{ jitter: 'aws-decorrelated', factor: 1.5 }, /factor must be 2 with jitter .*, not 1.5/],
  ])('D17: %o would be ignored in part, so it is refused', (options, message) => {
    expect(() => backoff(options)).toThrow(HoldfastConfigError)
    expect(() => backoff(options)).toThrow(message)
  })

  test.each<BackoffOptions>([{}, { type: 'linear' }, { factor: 3 }, { jitter: 'aws-decorrelated' }])(
    'what %o is described as makes the same backoff',
    (options) => {
      const described = backoff(options).describe()
      expect(backoff(described as BackoffOptions).describe()).toEqual(described)
    },
  )

  test('the options object is not kept', () => {
    const options = { type: 'constant', jitter: 'none', baseMs: 10 } as { baseMs: number } & BackoffOptions
    const made = backoff(options)
    options.baseMs = 99
    expect(made.start().next(1, always(0))).toBe(10)
  })
})
