import { tcpProxy } from '@holdfast/faults'
import { redisServer } from '@holdfast/test-servers'
import { expect, it } from 'vitest'
import { cacheOn, connected } from './cache.ts'
import { story } from './story.ts'

it('repeats what may be repeated, nothing else, and spares Redis when it is gone', async () => {
  await using server = await redisServer()
  await using proxy = await tcpProxy({ target: { port: server.port } })
  const redis = await connected(proxy.port)
  const [set, get, incr, after, gone, refused, back] = await story(cacheOn(redis), proxy)
  redis.disconnect()
  expect(set).toMatchObject({ heard: 'OK', events: [] })
  expect(get).toMatchObject({ heard: '1' })
  expect(get?.events).toContain('retry.scheduled')
  // It had been done, once.
  expect(incr).toMatchObject({ heard: expect.stringContaining('Error'), events: [] })
  expect(after?.heard).toBe('2')
  expect(gone?.heard).toBe('10 failed')
  expect(gone?.events).toContain('circuit.open')
  expect(refused?.heard).toContain('Error')
  expect(back?.heard).toBe('2')
})
