/** One of them, linked into the list itself: it takes no memory to be on it. */
export abstract class OpenScope {
  /** Internal: the list's own. */
  next: OpenScope | undefined = undefined
  /** Internal: the list's own. */
  previous: OpenScope | undefined = undefined

  /** Cuts it short. */
  abstract abort(reason: unknown): void
}

/** Where the list begins and ends. */
class Anchor extends OpenScope {
  override next: OpenScope = this
  override previous: OpenScope = this

  override abort(): void {}
}

/** The requests that are served or wait to be: how many there are, and how to end them all. */
export class OpenScopes {
  readonly #anchor = new Anchor()
  #open = 0

  /** How many there are. A request that goes through one door inside another counts in each. */
  get open(): number {
    return this.#open
  }

  /**
   * Cuts all of them short with `reason`: their signals are aborted with it, and where `replyTo` knows how, they are
   * answered unless their answer has begun. Those that come later are not concerned.
   */
  abort(reason: unknown): void {
    const all: OpenScope[] = []
    for (let { next } = this.#anchor; next !== this.#anchor; next = next.next as OpenScope) all.push(next)
    for (const each of all) each.abort(reason)
  }

  /** Internal: one has come. */
  add(scope: OpenScope): void {
    const last = this.#anchor.previous
    scope.next = this.#anchor
    scope.previous = last
    last.next = scope
    this.#anchor.previous = scope
    this.#open++
  }

  /** Internal: one is over; it may be told more than once. */
  delete(scope: OpenScope): void {
    const { next, previous } = scope
    if (next === undefined || previous === undefined) return
    next.previous = previous
    previous.next = next
    scope.next = undefined
    scope.previous = undefined
    this.#open--
  }
}

/** Those of this process, unless a door was given others. */
export const openScopes: OpenScopes = new OpenScopes()
