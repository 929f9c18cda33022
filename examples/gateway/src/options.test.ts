import { expect, it } from 'vitest'
import { optionsFrom, usage } from './options.ts'

it('takes 35 seconds and the first seed unless told otherwise', () => {
  expect(optionsFrom([])).toEqual({ json: false, seconds: 35, seed: 1, redisUrl: undefined })
  expect(optionsFrom(['--', '--json', '--seconds', '7', '--seed=3'])).toEqual({
    json: true,
    seconds: 7,
    seed: 3,
    redisUrl: undefined,
  })
})

it('shares through the Redis that is named, or through one of its own', () => {
  expect(optionsFrom(['--share'])?.redisUrl).toBe('')
  expect(optionsFrom(['--share'], { REDIS_URL: 'redis://localhost' })?.redisUrl).toBe('redis://localhost')
  expect(optionsFrom([], { REDIS_URL: 'redis://localhost' })?.redisUrl).toBe('redis://localhost')
})

it('explains every option', () => {
  expect(optionsFrom(['--seconds', '1', '--help'])).toBeUndefined()
  for (const option of ['--seconds', '--seed', '--share', '--json', '--help']) expect(usage).toContain(option)
})

it.each([
  [['--seconds', '3.4'], /from 3.5 to 600, not '3.4'/],
  [['--seconds', '601'], /not '601'/],
  [['--seconds', ''], /not ''/],
  [['--seconds', 'ten'], /not 'ten'/],
  [['--seed', '1.5'], /integer, not '1.5'/],
  [['--seed', ''], /integer, not ''/],
  [['--secs', '7'], /--secs/],
  [['7'], /7/],
] as const)('says what is wrong with %j', (args, message) => {
  expect(() => optionsFrom(args)).toThrow(message)
})

it('takes the bounds themselves', () => {
  expect(optionsFrom(['--seconds', '3.5'])?.seconds).toBe(3.5)
  expect(optionsFrom(['--seconds', '600'])?.seconds).toBe(600)
})
