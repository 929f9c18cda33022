/** When an endpoint comes back after it was ejected. */
export interface ReturnRules {
  readonly baseMs: number
  readonly maximumMs: number
  /** Every interval that it stays healthy makes up for one ejection. */
  readonly intervalMs: number
  readonly probeLeaseMs: number
}

/** Whether calls go to an endpoint, as far as their outcomes decide it. */
export type Health =
  | { readonly kind: 'healthy'; readonly since: number; readonly ejections: number }
  | { readonly kind: 'ejected'; readonly until: number; readonly ejections: number }
  /** One call finds out whether it is well; if that is not back by `until`, it has failed. */
  | { readonly kind: 'probing'; readonly until: number; readonly ejections: number }

export type HealthEvent =
  | { readonly type: 'ejected'; readonly now: number; readonly jitter: number }
  | { readonly type: 'probed'; readonly now: number }
  | { readonly type: 'succeeded'; readonly now: number }
  | { readonly type: 'failed'; readonly now: number; readonly jitter: number }
  /** The probe ended without saying anything of the endpoint. */
  | { readonly type: 'spared'; readonly now: number; readonly afterMs: number }

export const unharmed: Health = { kind: 'healthy', since: 0, ejections: 0 }

/** The longest that chance adds, as a share. */
const jitterRatio = 0.1

/**
 * Out for longer with every ejection in a row (Finagle's failure accrual: doubled up to a maximum, then one probe). `jitter`
 * is uniform in [0, 1). What does not fit a state leaves it as it is.
 */
export function step(health: Health, event: HealthEvent, rules: ReturnRules): Health {
  switch (health.kind) {
    case 'healthy':
      return event.type === 'ejected' ? ejected(health, event, rules) : health
    case 'ejected':
      if (event.type !== 'probed') return health
      return { kind: 'probing', until: event.now + rules.probeLeaseMs, ejections: health.ejections }
    case 'probing':
      return afterProbe(health, event, rules)
  }
}

function ejected(
  { since, ejections }: Health & { readonly kind: 'healthy' },
  { now, jitter }: { readonly now: number; readonly jitter: number },
  rules: ReturnRules,
): Health {
  const forgiven = Math.floor((now - since) / rules.intervalMs)
  return out(Math.max(0, ejections - forgiven) + 1, now, jitter, rules)
}

function out(ejections: number, now: number, jitter: number, { baseMs, maximumMs }: ReturnRules): Health {
  const steadyMs = Math.min(maximumMs, baseMs * 2 ** (ejections - 1))
  return { kind: 'ejected', until: now + steadyMs * (1 + jitterRatio * jitter), ejections }
}

function afterProbe(health: Health, event: HealthEvent, rules: ReturnRules): Health {
  const { ejections } = health
  if (event.type === 'succeeded') return { kind: 'healthy', since: event.now, ejections }
  if (event.type === 'failed') return out(ejections + 1, event.now, event.jitter, rules)
  if (event.type === 'spared') return { kind: 'ejected', until: event.now + event.afterMs, ejections }
  return health
}
