import { BreakerExchange } from './breaker-exchange.ts'
import type { Exchange } from './exchange.ts'
import type { Fleet } from './fleet.ts'
import type { SharedEndpoint } from './endpoint-health.ts'
import { HealthExchange } from './health-exchange.ts'
import { objectId, serviceId } from './name.ts'
import type { BreakerPolicy } from './protocol/breaker-policy.ts'
import type { HealthPolicy } from './protocol/health-policy.ts'
import type { Joined, SharedParts } from './share.ts'
import { SharedBreaker } from './shared-breaker.ts'
import type { CircuitWatcher } from './shared-breaker.ts'
import { SharedHealth } from './shared-health.ts'
import type { HealthWatcher } from './shared-health.ts'
import { SharedBudget } from './shared-budget.ts'
import type { BudgetTerms, BudgetUser } from './shared-budget.ts'
import { SharedPermits } from './shared-permits.ts'
import { SharedRate } from './shared-rate.ts'
import { SharedSlices } from './shared-slices.ts'
import type { SliceTerms, SliceUser } from './shared-slices.ts'
import { SharedStock } from './shared-stock.ts'
import type { StockTerms, StockUser } from './shared-stock.ts'
import { SliceExchange } from './slice-exchange.ts'
import { StockExchange } from './stock-exchange.ts'

/** How many shared objects one instance may have. */
const maximum = 10_000

/** What the parts of one instance share, by kind and name: made when the first part asks, dropped when the last has left. */
export class SharedObjects implements SharedParts {
  readonly #fleet: Fleet
  readonly #full: (maximum: number) => void
  readonly #objects = new Map<string, Exchange>()

  /** `full` hears that there are too many. */
  constructor(fleet: Fleet, full: (maximum: number) => void) {
    this.#fleet = fleet
    this.#full = full
  }

  all(): Iterable<Exchange> {
    return this.#objects.values()
  }

  names(): Iterable<string> {
    return this.#objects.keys()
  }

  of(name: string): Exchange | undefined {
    return this.#objects.get(name)
  }

  /** Whether it was there. Another of its name may be by now. */
  delete(object: Exchange): boolean {
    return this.#objects.get(object.registered) === object && this.#objects.delete(object.registered)
  }

  breaker(
    names: readonly string[],
    policy: BreakerPolicy,
    watcher: CircuitWatcher,
  ): Joined<SharedBreaker> | undefined {
    const id = objectId(names)
    const fleet = this.#fleet
    const exchange = this.#object(`b:${id}`, () => new BreakerExchange(id, new SharedBreaker(policy, fleet)))
    if (exchange === undefined) return undefined
    const { breaker } = exchange
    breaker.policy = policy
    breaker.join(watcher)
    const leave = (): void => void (breaker.leave(watcher) && fleet.forget(exchange))
    return { shared: breaker, leave }
  }

  slices(names: readonly string[], terms: SliceTerms, user: SliceUser): Joined<SharedSlices> | undefined {
    const id = objectId(names)
    const exchange = this.#object(
      `k:${id}`,
      () => new SliceExchange(id, new SharedSlices(terms, this.#fleet)),
    )
    if (exchange === undefined) return undefined
    const { slices } = exchange
    slices.retune(terms)
    slices.join(user)
    const leave = (): void => void (slices.leave(user) && exchange.abandon())
    return { shared: slices, leave }
  }

  permits(names: readonly string[], limit: number): Joined<SharedPermits> | undefined {
    const id = objectId(names)
    const permits = this.#object(`t:${id}`, () => new SharedPermits(id, limit, this.#fleet))
    if (permits === undefined) return undefined
    permits.limit = limit
    permits.join()
    return { shared: permits, leave: () => permits.leave() }
  }

  rate(names: readonly string[], terms: StockTerms): Joined<SharedRate> | undefined {
    const id = objectId(names)
    const rate = this.#object(`g:${id}`, () => new SharedRate(id, terms, this.#fleet))
    if (rate === undefined) return undefined
    rate.terms = terms
    rate.join()
    return { shared: rate, leave: () => rate.leave() }
  }

  health(
    names: readonly string[],
    policy: HealthPolicy,
    endpoints: readonly SharedEndpoint[],
    watcher: HealthWatcher,
  ): Joined<SharedHealth> | undefined {
    const id = serviceId(names)
    const fleet = this.#fleet
    const exchange = this.#object(`h:${id}`, () => new HealthExchange(id, new SharedHealth(policy, fleet)))
    if (exchange === undefined) return undefined
    const { health } = exchange
    health.policy = policy
    health.join(watcher, endpoints)
    const leave = (): void => void (health.leave(watcher) && fleet.forget(exchange))
    return { shared: health, leave }
  }

  stock(
    names: readonly string[],
    terms: StockTerms,
    userOf: (stock: SharedStock) => StockUser,
  ): Joined<SharedStock> | undefined {
    const id = objectId(names)
    const fleet = this.#fleet
    const exchange = this.#object(`r:${id}`, () => new StockExchange(id, new SharedStock(terms, fleet)))
    if (exchange === undefined) return undefined
    const { stock } = exchange
    stock.retune(terms)
    const user = userOf(stock)
    stock.join(user)
    const leave = (): void => void (stock.leave(user) && exchange.abandon())
    return { shared: stock, leave }
  }

  budget(names: readonly string[], terms: BudgetTerms, user: BudgetUser): Joined<SharedBudget> | undefined {
    const id = objectId(names)
    const budget = this.#object(`y:${id}`, () => new SharedBudget(id, terms, this.#fleet))
    if (budget === undefined) return undefined
    budget.terms = terms
    budget.join(user)
    return { shared: budget, leave: () => budget.leave(user) }
  }

  /** The one object of that name. Its kind is in the name. */
  #object<Shared extends Exchange>(name: string, make: () => Shared): Shared | undefined {
    const known = this.#objects.get(name)
    // Whatever has this name was made by the same function.
    if (known !== undefined) return known as Shared
    if (this.#objects.size >= maximum) {
      this.#full(maximum)
      return undefined
    }
    const made = make()
    this.#objects.set(name, made)
    this.#fleet.inquire(made)
    return made
  }
}
