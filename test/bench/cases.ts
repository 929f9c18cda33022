/** How a case is measured: nanoseconds a call, bytes a call, or figures of its own. */
export interface Case {
  readonly name: string
  readonly calls: number
}

/** Called one after the other, each awaited. */
export const callCases: readonly Case[] = [
  { name: 'retry', calls: 50_000 },
  { name: 'timeout', calls: 50_000 },
  { name: 'breaker', calls: 50_000 },
  { name: 'bulkhead', calls: 50_000 },
  { name: 'fallback', calls: 50_000 },
  { name: 'rate limit', calls: 50_000 },
  { name: 'hedge', calls: 20_000 },
  { name: 'stack of five', calls: 50_000 },
  { name: 'standard preset', calls: 50_000 },
  { name: 'open breaker refuses', calls: 20_000 },
  { name: 'full bulkhead refuses', calls: 20_000 },
  { name: 'retry of three', calls: 10_000 },
  { name: 'fallback taken', calls: 20_000 },
  { name: 'timeout fires', calls: 500 },
]

/** Run once a round, with figures of their own. */
export const scaleCases: readonly string[] = ['10 000 pending', '100 000 in flight', '100 000 keys']

export interface Message {
  readonly kind: 'ns' | 'bytes' | 'scale'
  readonly name: string
  readonly calls: number
}

/** Undefined where the subject has no such thing. */
export type Figures = Readonly<Record<string, number>> | undefined
