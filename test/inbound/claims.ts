import type { Call, Guard } from '@holdfast/core'
import { criticalityOf } from '@holdfast/http'
import { eventually, RawClient } from '@holdfast/test-servers/loopback'
import { expect, it } from 'vitest'
import type { Adapter } from './adapter.ts'
import { openSite } from './site.ts'
import type { Site } from './site.ts'

interface WatchedSite extends Site {
  /** What the guards were asked about. */
  readonly calls: readonly Call[]
}

async function watchedSite(adapter: Adapter): Promise<WatchedSite> {
  const calls: Call[] = []
  const watch: Guard = {
    kind: 'watch',
    name: 'watch',
    admit: (call) => {
      calls.push(call)
      return 0
    },
  }
  const work = ({ answer }: { readonly answer: (status: number, body: string) => void }): void =>
    answer(200, 'ok')
  return { ...(await openSite(adapter, { outside: [watch], work })), calls }
}

export function claims(adapter: Adapter): void {
  it('about time, importance and origin are not believed unless their caller is trusted', async () => {
    const { url, calls } = await watchedSite(adapter)
    const headers = {
      'holdfast-timeout-ms': '1',
      'grpc-timeout': '1m',
      'x-envoy-expected-rq-timeout-ms': '1',
      'holdfast-criticality': 'critical-plus',
      baggage: 'criticality=critical-plus',
      forwarded: 'for=198.51.100.7',
      'x-forwarded-for': '198.51.100.7',
      'x-real-ip': '198.51.100.7',
    }
    expect((await fetch(url, { headers })).status).toBe(200)
    const [call] = calls
    expect(call).toMatchObject({ key: undefined, deadline: Infinity })
    expect(call && criticalityOf(call)).toBe('critical')
  })

  it('of more bytes than a header may have are refused before anybody is asked', async () => {
    const { url, calls, served } = await watchedSite(adapter)
    const client = new RawClient(url)
    client.write(`GET / HTTP/1.1\nhost: a\nbaggage: ${'a=b,'.repeat(20_000)}\n\n`)
    await eventually(() => client.socket.closed)
    expect(client.statuses).toEqual([431])
    expect([calls.length, served.length]).toEqual([0, 0])
  })

  it('in headers without number are served like any other request, or refused', async () => {
    const { url, calls } = await watchedSite(adapter)
    const client = new RawClient(url)
    // As many as fit into what Node reads.
    client.write(`GET / HTTP/1.1\nhost: a\nconnection: close\n${'a:b\n'.repeat(3_000)}\n`)
    await eventually(() => client.socket.closed)
    expect([[200], [431]]).toContainEqual(client.statuses)
    expect(calls.length).toBeLessThanOrEqual(1)
  })
}
