import { Readable } from 'node:stream'
import { eventually, RawClient, send, turns } from '@holdfast/test-servers/loopback'
import { expect, it } from 'vitest'
import type { Adapter, Work } from './adapter.ts'
import { isIdle, openSite } from './site.ts'
import { ways } from './ways.ts'

const failures: readonly (readonly [string, Work])[] = [
  [
    'throws',
    () => {
      throw new Error('secret')
    },
  ],
  ['rejects', () => Promise.reject(new Error('secret'))],
  ['rejects later', () => turns(2).then(() => Promise.reject(new Error('secret')))],
  ['answers 500', (exchange) => exchange.answer(500, 'sorry')],
]

export function worksThatEnd(adapter: Adapter): void {
  it.each(ways)(
    'that is answered holds its permit until then: $name',
    async ({ request, body, answer, begin }) => {
      const { url, served, permits, breaker } = await openSite(adapter)
      const client = send(url, request, body)
      const text = new Promise<string>((resolve) => {
        client.once(
          'response',
          (response) =>
            void Readable.from(response)
              .toArray()
              .then((parts) => resolve(parts.join(''))),
        )
      })
      await eventually(() => served.length === 1)
      const [{ exchange, signal }] = served as [(typeof served)[0]]
      const finish = begin(exchange)
      await turns(20)
      expect(signal.aborted).toBe(false)
      expect(permits.statistics().running).toBe(1)
      finish()
      expect(await text).toBe(answer)
      await eventually(() => isIdle(permits))
      expect(breaker.statistics()).toMatchObject({ calls: 1, failures: 0 })
      client.destroy()
      await turns(20)
      expect(signal.aborted).toBe(false)
    },
  )

  it('is given the body that came in parts, within its scope', async () => {
    const bodies: unknown[] = []
    const { url } = await openSite(adapter, {
      work: (exchange) => {
        bodies.push(exchange.body)
        exchange.answer(200, 'ok')
      },
    })
    const client = new RawClient(url)
    client.write('POST / HTTP/1.1\nhost: a\ncontent-type: application/json\ncontent-length: 7\n\n{"a')
    await turns(20)
    client.write('":1}')
    await eventually(() => client.statuses.length === 1)
    expect(client.statuses).toEqual([200])
    expect(bodies).toEqual([{ a: 1 }])
  })

  it.each(failures)('that %s counts as a failure', async (_how, work) => {
    const { url, permits, breaker } = await openSite(adapter, { work })
    expect((await fetch(url)).status).toBe(500)
    await eventually(() => isIdle(permits))
    expect(breaker.statistics()).toMatchObject({ calls: 1, failures: 1 })
  })

  it('whose stream breaks off gives its permit back, and its client hears of it', async () => {
    async function* broken(): AsyncGenerator<string> {
      yield 'first'
      await turns(2)
      throw new Error('secret')
    }
    const { url, permits } = await openSite(adapter, {
      work: (exchange) => exchange.stream(Readable.from(broken())),
    })
    const answer = await fetch(url)
    await expect(answer.text()).rejects.toThrow('terminated')
    await eventually(() => isIdle(permits))
  })
}
