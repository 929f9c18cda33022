import type { RetryBudget, RetryBudgetStatistics } from './budget.ts'
import type { Host } from './host.ts'
import type { Joined } from './share/share.ts'
import type { BudgetTerms, SharedBudget } from './share/shared-budget.ts'

/** A budget of this process that is bound by its fleet's too: an extra attempt needs both. */
class FleetBudget implements RetryBudget {
  readonly own: RetryBudget
  readonly leaveFleet: () => void
  readonly #fleets: SharedBudget

  constructor(own: RetryBudget, { shared, leave }: Joined<SharedBudget>) {
    this.own = own
    this.leaveFleet = leave
    this.#fleets = shared
  }

  enter(): void {
    this.#fleets.began()
    this.own.enter()
  }

  leave(): void {
    this.own.leave()
  }

  deposit(now: number): void {
    this.own.deposit(now)
  }

  withdraw(now: number): boolean {
    return this.#fleets.wants(now) && this.own.withdraw(now)
  }

  giveBack(): void {
    this.own.giveBack()
  }

  statistics(now: number): RetryBudgetStatistics {
    return this.own.statistics(now)
  }

  describe(): Readonly<Record<string, unknown>> {
    return this.own.describe()
  }
}

/** The budget bound by that of the fleet where the pipeline has a share, or else as it is. */
export function withFleets(
  budget: RetryBudget | undefined,
  policy: string,
  host: Host | undefined,
): RetryBudget | undefined {
  if (budget === undefined || host?.sharing === undefined) return budget
  const { share, names } = host.sharing
  const joined = share.parts.budget([...names, policy], termsOf(budget), {
    notify: (event) => {
      if (host.observed) host.emit({ ...event, policy })
    },
  })
  return joined === undefined ? budget : new FleetBudget(budget, joined)
}

/** What such a budget is to this process alone. */
export function withoutFleets(budget: RetryBudget | undefined): RetryBudget | undefined {
  return budget instanceof FleetBudget ? budget.own : budget
}

export function leaveFleets(budget: RetryBudget | undefined): void {
  if (budget instanceof FleetBudget) budget.leaveFleet()
}

/** A budget of the user's own may describe itself by other names. */
function termsOf(budget: RetryBudget): BudgetTerms {
  const { ratio, reservePerSecond, windowMs } = budget.describe()
  return {
    ratio: typeof ratio === 'number' ? ratio : 0.1,
    reservePerSecond: typeof reservePerSecond === 'number' ? reservePerSecond : 1,
    windowMs: typeof windowMs === 'number' ? windowMs : 10_000,
  }
}
