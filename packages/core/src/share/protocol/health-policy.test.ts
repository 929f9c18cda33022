import { expect, it } from 'vitest'
import { decodeHealthPolicy, encodeHealthPolicy } from './health-policy.ts'
import { healthPolicy } from './health.arbitrary.ts'

it('a policy travels as numbers with commas between', () => {
  const text = '0,1000,4,0.5,0.9,5000,15000,3,2,2000,0.1,2,20,0.5,1,30000'
  expect(encodeHealthPolicy(healthPolicy)).toBe(text)
  expect(decodeHealthPolicy(text)).toEqual(healthPolicy)
})

it('what is no policy is none', () => {
  const text = encodeHealthPolicy(healthPolicy)
  const wrong = ['', 'x', `${text},1`, text.slice(2), text.replace('0.5,1,30000', 'x,1,30000'), `${text}.5`]
  expect(wrong.map(decodeHealthPolicy)).toEqual(wrong.map(() => undefined))
})
