import { describe, expect, it } from 'vitest'
import { decodePolicy, encodePolicy, quorumOf } from './breaker-policy.ts'
import { policies } from './circuit.arbitrary.ts'

describe('a policy as text', () => {
  it('says the same when it is read again', () => {
    for (const policy of policies) expect(decodePolicy(encodePolicy(policy))).toEqual(policy)
  })

  it.each([
    '',
    '1',
    '1,1000,20,0.5,0.9,1000,15000,3,2,5000,0.1,2',
    '1,1000,20,0.5,0.9,1000,15000,3,2,5000,0.1,2,20,1',
    '1,0,20,0.5,0.9,1000,15000,3,2,5000,0.1,2,20',
    '1,1000,20,.5,0.9,1000,15000,3,2,5000,0.1,2,20',
    '1,1000,20,0.5.1,0.9,1000,15000,3,2,5000,0.1,2,20',
    '1,1000,20,1e400,0.9,1000,15000,3,2,5000,0.1,2,20',
    '1,1000,2.5,0.5,0.9,1000,15000,3,2,5000,0.1,2,20',
    '-1,1000,20,0.5,0.9,1000,15000,3,2,5000,0.1,2,20',
    '1,9007199254740992,20,0.5,0.9,1000,15000,3,2,5000,0.1,2,20',
  ])('is none where it is "%s"', (text) => {
    expect(decodePolicy(text)).toBeUndefined()
  })
})

it('a quorum is a share of those that report, within its bounds and never more than there are', () => {
  const [policy] = policies
  if (policy === undefined) throw new Error('there are policies')
  const rules = { ...policy, quorumRatio: 0.1, quorumMinimum: 2, quorumMaximum: 20 }
  const quorums = [0, 1, 2, 20, 21, 199, 201, 1_000].map((reporters) => quorumOf(reporters, rules))
  expect(quorums).toEqual([0, 1, 2, 2, 3, 20, 20, 20])
})
