import type { Progress } from './request-reader.ts'
import type { Wire } from './wire.ts'

/** One way to treat a client. */
export interface Behaviour {
  /** Unique. */
  readonly name: string
  /** `accepted`: before anything was read. The others: when that much of a request has come. */
  readonly when: 'accepted' | Progress
  act(wire: Wire): void | Promise<void>
}

/**
 * What a caller hears who is treated so whatever they try: a failure of the connection (`broken`), no answer in time
 * (`silent`), or a status. Where a status comes, its body may be whole, break off, or go on without end.
 */
export type Heard =
  | { readonly kind: 'broken' }
  | { readonly kind: 'silent' }
  | { readonly kind: 'status'; readonly status: number; readonly body: 'whole' | 'broken' | 'endless' }

/** One that no client should see, and what is to be heard of it all the same. */
export interface Hostility extends Behaviour {
  readonly heard: Heard
  /** What else may be heard, for clients do not agree. */
  readonly orHeard?: Heard
}

export const broken: Heard = { kind: 'broken' }
export const silent: Heard = { kind: 'silent' }

export function status(code: number, body: 'whole' | 'broken' | 'endless' = 'whole'): Heard {
  return { kind: 'status', status: code, body }
}

/** As it should be. */
export const ok: Behaviour = { name: 'answers', when: 'request', act: (wire) => wire.answer(200, 'ok') }
