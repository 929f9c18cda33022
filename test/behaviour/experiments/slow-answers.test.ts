import { expect, it } from 'vitest'
import { figuresOf } from './figures-of.ts'
import { slowAnswers } from './slow-answers.ts'

const seeds = [1, 2, 3, 4, 5]
const tail = '99.9th percentile (ms)'

it('a hedge makes the longest waits ten times shorter, for at most 6 % more attempts', async () => {
  const [plain, hedged] = [
    await figuresOf(slowAnswers, 'no policy', { seeds }),
    await figuresOf(slowAnswers, 'standard preset with a hedge', { seeds }),
  ]
  for (const [run, figures] of hedged.entries()) {
    expect(plain[run]?.[tail] ?? 0).toBeGreaterThanOrEqual(1_000)
    expect((plain[run]?.[tail] ?? 0) / (figures[tail] ?? Infinity)).toBeGreaterThanOrEqual(10)
    expect(figures['sent (attempts a call)']).toBeLessThanOrEqual(1.06)
  }
})
