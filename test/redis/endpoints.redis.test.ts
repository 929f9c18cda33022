import { endpoints, pipeline } from '@holdfast/core'
import type { Call, Endpoints, Pipeline, Share } from '@holdfast/core'
import { redisShare } from '@holdfast/redis'
import { expect, it } from 'vitest'
import { eventually, redisServer } from '../servers/index.ts'

interface Instance {
  readonly share: Share
  readonly choice: Endpoints
  readonly service: Pipeline
}

/** An instance that leaves it to the fleet to judge. */
function instance(url: string): Instance {
  const share = redisShare({ url })
  const choice = endpoints({
    primary: [{ id: 'primary' }],
    standby: [{ id: 'standby' }],
    ejection: {
      consecutiveFailures: false,
      failureRatio: { ratio: 0.5, minimumCalls: 20 },
      baseMs: 300,
      maximumMs: 300,
    },
    slowStartMs: 0,
    dwellMs: 0,
  })
  return { share, choice, service: pipeline('inventory', [choice], { share }) }
}

it('two instances leave a primary together that neither has called often enough, and one call finds out for both that it is back', async () => {
  await using server = await redisServer()
  const fleet = [instance(server.url), instance(server.url)]
  try {
    for (const { share } of fleet) expect(await share.ready()).toBe(true)
    let isDown = true
    let atPrimary = 0
    const operation = ({ endpoint }: Call): string => {
      if (endpoint?.id === 'primary') atPrimary++
      if (endpoint?.id === 'primary' && isDown) throw new Error('down')
      return endpoint?.id ?? ''
    }
    for (let call = 0; call < 15; call++) {
      for (const { service } of fleet) await service.executeOutcome(operation)
    }
    await eventually('both use the standby', () =>
      fleet.every(({ choice }) => choice.statistics().group === 1),
    )
    isDown = false
    atPrimary = 0
    const callAll = (): void => {
      for (const { service } of fleet) void service.executeOutcome(operation)
    }
    await eventually('both use the primary', () => {
      const isBack = fleet.every(({ choice }) => choice.statistics().group === 0)
      if (!isBack && atPrimary === 0) callAll()
      return isBack
    })
    expect(atPrimary).toBe(1)
  } finally {
    await Promise.all(fleet.map(({ share }) => share.stop()))
  }
})
