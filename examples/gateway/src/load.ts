import { Agent, get } from 'node:http'

/** One request of the load. */
export interface Sample {
  /** When it was due, in milliseconds from the start; its latency counts from then, however late it was sent. */
  readonly atMs: number
  readonly latencyMs: number
  readonly ok: boolean
  readonly servedBy: string | undefined
}

export interface LoadOptions {
  readonly url: string
  readonly perSecond: number
  readonly durationMs: number
  /** A request without an answer by then has failed. */
  readonly patienceMs: number
  /** On `performance.now()`. */
  readonly startedAt: number
  /** Hears of every request as it ends. */
  readonly onSample?: (sample: Sample) => void
}

/**
 * Sends requests at a steady rate whatever becomes of those before (open loop), for a bounded time and so in a bounded
 * number, and waits for the last.
 */
export async function load(options: LoadOptions): Promise<readonly Sample[]> {
  const agent = new Agent({ keepAlive: true })
  const { perSecond, durationMs, startedAt } = options
  const count = Math.floor((durationMs / 1_000) * perSecond)
  const sent: Promise<Sample>[] = []
  while (sent.length < count) {
    const elapsedMs = performance.now() - startedAt
    while (sent.length < count && (sent.length / perSecond) * 1_000 <= elapsedMs) {
      sent.push(send(options, agent, (sent.length / perSecond) * 1_000))
    }
    await new Promise((resolve) => setTimeout(resolve, 4))
  }
  const samples = await Promise.all(sent)
  agent.destroy()
  return samples
}

function send(
  { url, patienceMs, startedAt, onSample }: LoadOptions,
  agent: Agent,
  atMs: number,
): Promise<Sample> {
  return new Promise((resolve) => {
    const end = (ok: boolean, servedBy?: string): void => {
      const sample = { atMs, latencyMs: performance.now() - startedAt - atMs, ok, servedBy }
      onSample?.(sample)
      resolve(sample)
    }
    const request = get(url, { agent, signal: AbortSignal.timeout(patienceMs) }, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (body += chunk))
      response.on('error', () => end(false))
      response.on('end', () => end(response.statusCode === 200, servedBy(body)))
    })
    request.on('error', () => end(false))
  })
}

function servedBy(body: string): string | undefined {
  return /"servedBy":"(\w+)"/.exec(body)?.[1]
}
