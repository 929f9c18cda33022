import { callable, checkOptions, integer, object } from '../check.ts'
import { systemClock } from '../clock.ts'
import type { Clock } from '../clock.ts'
import { wheelOf } from '../deadline-wheel.ts'
import type { DeadlineWheel } from '../deadline-wheel.ts'
import { systemRandom } from '../random.ts'
import { Dispatcher } from './dispatcher.ts'
import type { LinkListener } from './dispatcher.ts'
import type { ShareEvent } from './event.ts'
import type { Exchange } from './exchange.ts'
import type { Fleet } from './fleet.ts'
import { Presence } from './presence.ts'
import { aliveMs } from './protocol/heartbeat.ts'
import { decodeMessage } from './protocol/message.ts'
import type { Request } from './protocol/request.ts'
import type { Share, ShareOptions } from './share.ts'
import { SharedObjects } from './shared-objects.ts'
import type { Answer, Store, StoreFailure, StoreListener } from './store.ts'
import { Urgent } from './urgent.ts'
import { within } from './within.ts'

/** How often the state is looked after that nothing else has told of. */
const sweepMs = 5_000

/** Whose counts go out has been heard within this time, so that it need not be looked after. */
const activeMs = 1_500

/** How long stopping may take: answers that are under way, for they may hold probes; the farewell; closing the store. */
const answerMs = 50
const farewellMs = 80
const closingMs = 40

/** Makes this instance a member of the fleet that uses `store`. Connects in the background. */
export function share(store: Store, options: ShareOptions = {}): Share {
  const {
    clock = systemClock,
    random = systemRandom,
    instances = 1,
  } = checkOptions('share', options, {
    clock: object,
    random: callable,
    instances: integer(1, 1_000_000),
  })
  return new Member(store, clock, random, instances)
}

/** The instance itself: its shared objects, its link to the store, and whoever listens. */
class Member implements Share, Fleet, LinkListener, StoreListener {
  readonly instance: string
  readonly random: () => number
  readonly wheel: DeadlineWheel
  readonly clock: Clock
  readonly #store: Store
  readonly #dispatcher: Dispatcher
  readonly #urgent: Urgent = new Urgent((requests) => this.#dispatcher.send(requests))
  readonly parts: SharedObjects
  readonly #presence: Presence
  readonly #listeners = new Set<(event: ShareEvent) => void>()
  /** Those who wait for word about all state. */
  readonly #waiting = new Set<(known: boolean) => void>()
  #downSince = -Infinity
  /** Whether pushes may have been missed, so that everything is to be asked about. */
  #unsure = false
  #stopping: Promise<void> | undefined

  constructor(store: Store, clock: Clock, random: () => number, instances: number) {
    this.instance = Array.from({ length: 4 }, () => hexadecimal(random())).join('')
    this.random = random
    this.#presence = new Presence(this.instance, aliveMs, instances)
    this.wheel = wheelOf(clock)
    this.clock = clock
    this.#store = store
    this.#dispatcher = new Dispatcher(clock, random, store, this, sweepMs)
    this.parts = new SharedObjects(this, (maximum) =>
      this.tell({ type: 'share.full', policy: 'share', maximum }),
    )
    store.open(this)
  }

  get now(): number {
    return this.clock.now()
  }

  get fleetSize(): number {
    return this.#presence.fleetSize
  }

  get size(): number {
    return this.fleetSize
  }

  get isDown(): boolean {
    return this.#dispatcher.isDown || this.#stopping !== undefined
  }

  get degraded(): boolean {
    return this.#dispatcher.isDown
  }

  watch(now: number, ageMs: number): void {
    this.#dispatcher.watch(now, ageMs)
  }

  wake(exchange: Exchange): void {
    this.#dispatcher.wake(exchange)
  }

  ask(request: Request, answered: (answer: Answer) => void): void {
    this.#urgent.ask(request, answered)
  }

  inquire(exchange: Exchange): void {
    this.#dispatcher.inquire(exchange)
  }

  forget(exchange: Exchange): void {
    if (this.parts.delete(exchange)) this.#presence.forget(exchange.registered)
    this.#dispatcher.forget(exchange)
  }

  on(listener: (event: ShareEvent) => void): () => void {
    const own = (event: ShareEvent): void => listener(event)
    this.#listeners.add(own)
    return () => void this.#listeners.delete(own)
  }

  tell(event: ShareEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event)
      } catch {
        // A listener that throws changes nothing.
      }
    }
  }

  pushed(text: string): void {
    if (this.#stopping !== undefined) return
    const message = decodeMessage(text)
    if (message === undefined) return this.#dispatcher.sweepSoon()
    const kind = message.type === 'endpoint' || message.type === 'register' ? 'h' : 'b'
    this.parts.of(`${kind}:${message.id}`)?.pushed?.(message, this.now)
  }

  connected(): void {
    this.#unsure = true
    this.#dispatcher.connected()
  }

  disconnected(failure: StoreFailure): void {
    this.#dispatcher.disconnected(failure)
  }

  down({ reason, message }: StoreFailure): void {
    this.#downSince = this.now
    for (const object of this.parts.all()) object.linked(false, this.now)
    this.tell({ type: 'share.degraded', policy: 'share', reason, message })
  }

  up(): void {
    for (const object of this.parts.all()) object.linked(true, this.now)
    this.tell({ type: 'share.restored', policy: 'share', afterMs: this.now - this.#downSince })
    this.#unsure = true
    this.#dispatcher.sweep()
  }

  stalled(now: number): void {
    for (const object of this.parts.all()) object.stalled(now)
    this.#unsure = true
    this.#dispatcher.sweep()
  }

  /** Says that it is alive, and asks about everything that it has not heard of lately. */
  swept(now: number): void {
    const asking: [Exchange, Request][] = []
    const unsure = this.#unsure
    this.#unsure = false
    for (const object of this.parts.all()) {
      const inquiry = !unsure && object.heardWithin(activeMs, now) ? undefined : object.inquiry()
      if (inquiry !== undefined) asking.push([object, inquiry])
    }
    void this.#heard(now, asking)
  }

  /** Who waits does so for what is asked from then on. */
  async #heard(now: number, asking: readonly (readonly [Exchange, Request])[]): Promise<void> {
    const waiting = [...this.#waiting]
    const all = await Promise.all([this.#heartbeat(now), this.#dispatcher.ask(asking)])
    if (all.every(Boolean)) for (const end of waiting) end(true)
    else if (this.#waiting.size > 0) this.#dispatcher.sweepSoon()
  }

  async #heartbeat(now: number): Promise<boolean> {
    const heartbeat = this.#presence.heartbeat(this.parts.names(), now)
    const [answer] = await this.#dispatcher.send([heartbeat])
    this.#presence.heard(heartbeat, answer, now)
    return answer?.type === 'heartbeat'
  }

  async ready({ timeoutMs = 5_000 }: { readonly timeoutMs?: number } = {}): Promise<boolean> {
    if (this.#stopping !== undefined) return false
    let end: (known: boolean) => void = () => undefined
    const ended = new Promise<boolean>((resolve) => (end = resolve))
    this.#waiting.add(end)
    this.#dispatcher.sweep()
    if (!(await within(this.clock, timeoutMs, ended))) end(false)
    this.#waiting.delete(end)
    return ended
  }

  stop(): Promise<void> {
    return (this.#stopping ??= this.#stop())
  }

  async #stop(): Promise<void> {
    for (const end of this.#waiting) end(false)
    const answered = this.#dispatcher.stop()
    if (!this.degraded) await within(this.clock, answerMs, answered)
    const now = this.now
    const last: Request[] = [...this.parts.all()].flatMap((object) => object.farewell(now))
    last.push(this.#presence.farewell())
    this.#dispatcher.end()
    for (const object of this.parts.all()) object.linked(false, now)
    if (!this.degraded) await within(this.clock, farewellMs, this.#store.send(last))
    await within(this.clock, closingMs, this.#store.close())
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }
}

/** 32 bits of chance. */
function hexadecimal(chance: number): string {
  return Math.floor(chance * 2 ** 32)
    .toString(16)
    .padStart(8, '0')
}
