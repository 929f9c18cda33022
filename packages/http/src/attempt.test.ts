import { describe, expect, it } from 'vitest'
import { attemptOf, readAttempt } from './attempt.ts'

const read = (headers: Readonly<Record<string, string>>, name?: string): number =>
  readAttempt((header) => headers[header], name)

describe('which attempt a request is', () => {
  it('is the first where nobody says otherwise', () => {
    expect(read({})).toBe(1)
    expect(attemptOf({ metadata: {} })).toBe(1)
    expect(attemptOf({ metadata: { attempt: '2' } })).toBe(1)
  })

  it('is read from the header of ours, under the name that is agreed on, or from Envoy’s', () => {
    expect(read({ 'holdfast-attempt': '2' })).toBe(2)
    expect(read({ 'x-try': '3' }, 'x-try')).toBe(3)
    expect(read({ 'x-envoy-attempt-count': '4', 'holdfast-attempt': '2' })).toBe(4)
    expect(attemptOf({ metadata: { attempt: 2 } })).toBe(2)
  })

  it.each(['', '0', '-1', '1.5', '2, 3', ' 2', '02', '1e3', '1000000'])('is not read from %j', (text) =>
    expect(read({ 'holdfast-attempt': text })).toBe(1),
  )
})
