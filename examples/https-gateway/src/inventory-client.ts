import { standard } from '@holdfast/core'
import type { CircuitBreaker, Part } from '@holdfast/core'
import { resilientFetch } from '@holdfast/fetch'
import type { ResilientFetch } from '@holdfast/fetch'
import { Agent, fetch } from 'undici'
import type { Identity } from './certificates.ts'

export interface Upstream {
  readonly url: string
  /** The authority by which it is known. */
  readonly ca: string
  /** What the gateway shows it. Without one the upstream refuses to talk. */
  readonly client?: Identity
}

const parts = standard.map((part) =>
  part.kind === 'circuit-breaker' ? { ...part, minimumCalls: 10, openMs: 5_000 } : part,
)

/** How the gateway asks the inventory: over mutual TLS, through the standard policies. */
export class InventoryClient {
  readonly name = 'inventory'
  readonly #url: string
  /** Of its own, so that no other call of the process trusts that authority or shows that certificate. */
  readonly #agent: Agent
  readonly #fetch: ResilientFetch

  constructor({ url, ca, client }: Upstream) {
    this.#url = url
    this.#agent = new Agent({ connect: { ca, ...client }, connections: 50 })
    const { name } = this
    // Undici's own types for what it shares with the global fetch are other ones.
    const underlying = ((input: string, init: object) =>
      fetch(input, { ...init, dispatcher: this.#agent })) as unknown as typeof globalThis.fetch
    this.#fetch = resilientFetch({ name, baseUrl: url, parts, fetch: underlying })
  }

  async stock(): Promise<string> {
    const response = await this.#fetch('/')
    const body = await response.text()
    if (!response.ok) throw new Error(`the inventory answered ${response.status}`)
    return body
  }

  /** None before the first request. */
  get parts(): readonly Part[] {
    return this.#fetch.outbound.parts(this.#url) ?? []
  }

  get circuit(): CircuitBreaker | undefined {
    return this.parts.find(({ kind }) => kind === 'circuit-breaker') as CircuitBreaker | undefined
  }

  close(): Promise<void> {
    return this.#agent.destroy()
  }
}
