import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { Express } from 'express'

/** What the clients heard. */
export interface Heard {
  sent: number
  /** Served within a quarter of a second. */
  inTime: number
  late: number
  /** 503, without having cost the service anything. */
  refused: number
  /** 504, or nothing within a second. */
  failed: number
  /** Of what was served, in milliseconds. */
  readonly latenciesMs: number[]
}

const inTimeMs = 250
const patienceMs = 1_000
const everyMs = 4
const clients = 500

/** Two hundred and fifty clients a second for two seconds, who do not wait for each other. */
export async function rush(app: Express): Promise<Heard> {
  const server: Server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/stock`
  const heard: Heard = { sent: 0, inTime: 0, late: 0, refused: 0, failed: 0, latenciesMs: [] }
  const all: Promise<void>[] = []
  const begun = performance.now()
  while (heard.sent < clients) {
    // Timers come late now and then; the clients do not.
    while (heard.sent < clients && heard.sent * everyMs <= performance.now() - begun) {
      heard.sent++
      all.push(ask(url, heard))
    }
    await wait(everyMs)
  }
  await Promise.all(all)
  server.closeAllConnections()
  server.close()
  return heard
}

async function ask(url: string, heard: Heard): Promise<void> {
  const begun = performance.now()
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(patienceMs) })
    await answer.arrayBuffer()
    const tookMs = performance.now() - begun
    if (answer.status === 503) return void heard.refused++
    if (answer.status !== 200) return void heard.failed++
    heard.latenciesMs.push(tookMs)
    if (tookMs <= inTimeMs) heard.inTime++
    else heard.late++
  } catch {
    heard.failed++
  }
}
