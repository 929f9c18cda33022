import type { Host } from './host.ts'

/** A function that the user supplied threw where its result only informs: the default was taken instead. */
export interface HookEvent {
  readonly type: 'hook.failed'
  readonly policy: string
  /** The option that holds the function. */
  readonly hook: string
  readonly error: unknown
}

/** Asks a user's function; what it throws is reported and answered by `otherwise`. */
export function ask<Answer>(
  host: Host,
  policy: string,
  hook: string,
  question: () => Answer,
  otherwise: Answer,
): Answer {
  try {
    return question()
  } catch (error) {
    if (host.observed) host.emit({ type: 'hook.failed', policy, hook, error } as HookEvent)
    return otherwise
  }
}
