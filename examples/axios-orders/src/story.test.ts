import { expect, it, onTestFinished } from 'vitest'
import { orders } from './client.ts'
import { OrderService } from './service.ts'
import { story } from './story.ts'

it('repeats reads and orders with a key, and leaves alone what fails', async () => {
  const service = new OrderService()
  onTestFinished(() => service.close())
  const chapters = await story(orders(await service.listen()), service)
  const [plain, troubled, hanging, order, keyed, busy, last] = chapters
  expect(plain).toMatchObject({ requests: ['GET'], heard: '200 {"article":"tea"}' })
  expect(troubled).toMatchObject({ requests: ['GET', 'GET', 'GET'], heard: '200 {"article":"tea"}' })
  expect(hanging).toMatchObject({ requests: ['GET', 'GET'], heard: '200 {"article":"tea"}' })
  expect(order).toMatchObject({ requests: ['POST'], heard: expect.stringContaining('ECONNRESET') })
  expect(keyed).toMatchObject({ requests: ['POST "1"', 'POST "1"'], heard: '201 {"article":"tea"}' })
  expect(busy).toMatchObject({ requests: ['GET', 'GET', 'GET'], heard: expect.stringContaining('503') })
  expect(last).toMatchObject({ requests: [], heard: expect.stringContaining('ERR_CIRCUIT_OPEN') })
})
