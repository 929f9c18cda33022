import diagnostics from 'node:diagnostics_channel'
import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { inspect } from 'node:util'
import { pipeline, timeout } from '@holdfast/core'
import { lifecycle } from '@holdfast/http'
import { eventually } from '@holdfast/test-servers/loopback'
import { expect, it, onTestFinished } from 'vitest'
import type { Adapter } from './adapter.ts'
import { openSite } from './site.ts'

/** Everything that is told to listeners, as deep as it goes. */
function toldToListeners(): readonly string[] {
  const told: string[] = []
  const listen = (event: unknown): void =>
    void told.push(inspect(event, { depth: Infinity, showHidden: true }))
  diagnostics.subscribe('holdfast', listen)
  onTestFinished(() => void diagnostics.unsubscribe('holdfast', listen))
  return told
}

/** A request that carries secrets wherever one can be. Gives status and body of the answer. */
async function secretive(url: URL): Promise<readonly [number | undefined, string]> {
  const headers = {
    authorization: 'Bearer secret-1',
    cookie: 'session=secret-2',
    'idempotency-key': 'secret-3',
    'content-type': 'application/json',
  }
  const client = request(new URL('/?token=secret-4', url), { method: 'POST', headers })
  const response = new Promise<IncomingMessage>((resolve, reject) =>
    client.on('response', resolve).on('error', reject),
  )
  client.end('{"password":"secret-5"}')
  const answer = await response
  return [answer.statusCode, `${inspect(answer.headers)}${await text(answer)}`]
}

export function secrets(adapter: Adapter): void {
  it('are in no event and no refusal', async () => {
    const told = toldToListeners()
    const { url, clock, served } = await openSite(adapter, { outside: [timeout({ durationMs: 30 })] })
    const overrun = secretive(url)
    await eventually(() => served.length === 1)
    const [refused, refusal] = await secretive(url)
    await clock.advance(30)
    const [late, answer] = await overrun
    expect([refused, late]).toEqual([503, 504])
    expect(told.length).toBeGreaterThanOrEqual(2)
    expect([refusal, answer, ...told].join()).not.toContain('secret')
  })

  it('are not on the status page, which is off by default', async () => {
    const { url, server, clock, breaker, permits, served } = await openSite(adapter)
    const shown = pipeline('shown', [breaker, permits], { clock })
    const off = lifecycle(server, { clock })
    const on = lifecycle(server, { clock, status: { allow: () => true, pipelines: [shown] } })
    const under = secretive(url)
    await eventually(() => served.length === 1)
    breaker.override('open', { reason: 'maintenance' })
    expect(await statusPage(off)).toMatch(/^404/)
    const page = await statusPage(on)
    expect(page).toMatch(/^200.*"running":1.*maintenance|^200.*maintenance.*"running":1/)
    expect(page).not.toContain('secret')
    breaker.clearOverride()
    served[0]?.exchange.answer(200, 'ok')
    await under
  })
}

async function statusPage({ status }: ReturnType<typeof lifecycle>): Promise<string> {
  let page = ''
  const response = { statusCode: 0, setHeader() {}, end: (body: string) => (page = body) }
  await status({ headers: {} }, response)
  return `${response.statusCode} ${page}`
}
