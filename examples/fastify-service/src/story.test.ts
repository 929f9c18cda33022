import { expect, it, onTestFinished } from 'vitest'
import { service } from './service.ts'
import { story } from './story.ts'
import { Warehouse } from './warehouse.ts'

it('answers in time, stops what nobody waits for, and refuses what is too much', async () => {
  const warehouse = new Warehouse()
  const app = service(warehouse)
  onTestFinished(() => app.close())
  const [served, hangs, left, atOnce, exempt, orders] = await story(
    await app.listen({ port: 0, host: '127.0.0.1' }),
    warehouse,
  )
  expect(served).toMatchObject({ heard: '200', asked: 1, stopped: 0 })
  expect(hangs).toMatchObject({ heard: '504', asked: 1, stopped: 1 })
  expect(left).toMatchObject({ heard: 'gone', asked: 1, stopped: 1 })
  expect(atOnce).toMatchObject({ heard: '200 200 200 200 503', asked: 4, stopped: 0 })
  expect(exempt).toMatchObject({ heard: '200 200 200 200 200', asked: 4 })
  expect(orders).toMatchObject({ heard: '200 200 429', asked: 0 })
})
