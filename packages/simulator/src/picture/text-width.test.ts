import { expect, it } from 'vitest'
import { fitted, widthOf } from './text-width.ts'

it('a text that is too wide ends with an ellipsis, and fits', () => {
  expect(fitted('web-1 circuit-breaker', 200, 12)).toBe('web-1 circuit-breaker')
  expect(fitted('web-1 circuit-breaker', 100, 12)).toBe('web-1 circu…')
  for (const text of ['W'.repeat(50), '世界'.repeat(50), '🦀'.repeat(50)]) {
    expect(widthOf(fitted(text, 100, 12), 12)).toBeLessThanOrEqual(100)
    expect(fitted(text, 100, 12).isWellFormed()).toBe(true)
  }
})
