import { describe, expect, it } from 'vitest'
import { decodePolicy, encodePolicy, quorumOf } from './breaker-policy.ts'
import { policies, senseless } from './circuit.arbitrary.ts'

describe('a policy as text', () => {
  it('says the same when it is read again', () => {
    for (const policy of policies) expect(decodePolicy(encodePolicy(policy))).toEqual(policy)
  })

  it.each(senseless)('is none where it is "%s"', (text) => {
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
