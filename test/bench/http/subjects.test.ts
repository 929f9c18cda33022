import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { clientGroups, serverGroups } from './groups.ts'
import { listen } from './listen.ts'
import { Load } from './load.ts'

const servers = serverGroups.flatMap(({ name, subjects }) =>
  Object.entries(subjects).map(([subject, made]) => ({ subject: `${name}: ${subject}`, made })),
)
const clients = clientGroups.flatMap(({ name, subjects }) =>
  Object.entries(subjects).map(([subject, make]) => ({ subject: `${name}: ${subject}`, make })),
)

it.each(servers)('$subject answers as it should', async ({ made: { serve, status } }) => {
  const server = await serve()
  const load = await Load.open((server.address() as AddressInfo).port, 1, status)
  await expect(load.run(3)).resolves.toBeUndefined()
  load.close()
  server.close()
})

it.each(clients)('$subject calls once, and gives the status', async ({ make }) => {
  let asked = 0
  const server = await listen((_request, response) => {
    response.writeHead(++asked === 1 ? 201 : 500).end()
  })
  const call = await make()
  expect(await call(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)).toBe(201)
  expect(asked).toBe(1)
  server.closeAllConnections()
  server.close()
})
