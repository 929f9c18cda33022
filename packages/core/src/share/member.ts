import { callable, checkOptions, object } from '../check.ts'
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
import { decodeMessage } from './protocol/message.ts'
import type { Request } from './protocol/request.ts'
import type { Share, ShareOptions } from './share.ts'
import { BreakerExchange } from './breaker-exchange.ts'
import { SharedObjects } from './shared-objects.ts'
import type { Answer, Store, StoreFailure, StoreListener } from './store.ts'
import { Urgent } from './urgent.ts'
import { within } from './within.ts'

/** How often the state is looked after that nothing else has told of. */
const sweepMs = 5_000

/** Whose counts go out has been heard within this time, so that it need not be looked after. */
const activeMs = 1_500

/** An instance that says nothing for so long is there no more; a name is told again after so long. */
const aliveMs = 3 * sweepMs
const renameMs = 24 * 60 * 60 * 1_000

/** How long a farewell may take, and of that the closing of the store. */
const farewellMs = 150
const closingMs = 50

/** Makes this instance a member of the fleet that uses `store`. Connects in the background. */
export function share(store: Store, options: ShareOptions = {}): Share {
  const { clock = systemClock, random = systemRandom } = checkOptions('share', options, {
    clock: object,
    random: callable,
  })
  return new Member(store, clock, random)
}

/** The instance itself: its shared objects, its link to the store, and whoever listens. */
class Member extends SharedObjects implements Share, Fleet, LinkListener, StoreListener {
  readonly instance: string
  readonly random: () => number
  readonly wheel: DeadlineWheel
  fleetSize = 1
  readonly #clock: Clock
  readonly #store: Store
  readonly #dispatcher: Dispatcher
  readonly #urgent: Urgent = new Urgent((requests) => this.#dispatcher.send(requests))
  /** When the server was last told of each object. */
  readonly #named = new Map<string, number>()
  readonly #listeners = new Set<(event: ShareEvent) => void>()
  /** Those who wait for the first word about all state. */
  #waiting: (() => void)[] = []
  #downSince = -Infinity
  /** Whether pushes may have been missed, so that everything is to be asked about. */
  #unsure = false
  #stopping: Promise<void> | undefined

  constructor(store: Store, clock: Clock, random: () => number) {
    super()
    this.instance = Array.from({ length: 4 }, () => hexadecimal(random())).join('')
    this.random = random
    this.wheel = wheelOf(clock)
    this.#clock = clock
    this.#store = store
    this.#dispatcher = new Dispatcher(clock, random, store, this, sweepMs)
    store.open(this)
  }

  get now(): number {
    return this.#clock.now()
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

  protected override get fleet(): Fleet {
    return this
  }

  protected override full(maximum: number): void {
    this.tell({ type: 'share.full', policy: 'share', maximum })
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
    this.drop(exchange)
    this.#named.delete(exchange.registered)
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
    const message = decodeMessage(text)
    if (message === undefined) return this.#dispatcher.sweepSoon()
    const object = this.objectOf(`b:${message.id}`)
    if (object instanceof BreakerExchange) object.pushed(message, this.now)
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
    for (const object of this.objects()) object.linked(false, this.now)
    this.tell({ type: 'share.degraded', policy: 'share', reason, message })
  }

  up(): void {
    for (const object of this.objects()) object.linked(true, this.now)
    this.tell({ type: 'share.restored', policy: 'share', afterMs: this.now - this.#downSince })
    this.#unsure = true
    this.#dispatcher.sweep()
  }

  stalled(now: number): void {
    for (const object of this.objects()) object.stalled(now)
    this.#unsure = true
    this.#dispatcher.sweep()
  }

  /** Says that it is alive, and asks about everything that it has not heard of lately. */
  swept(now: number): void {
    const asking: [Exchange, Request][] = []
    const unsure = this.#unsure
    this.#unsure = false
    for (const object of this.objects()) {
      const inquiry = !unsure && object.heardWithin(activeMs, now) ? undefined : object.inquiry()
      if (inquiry !== undefined) asking.push([object, inquiry])
    }
    void Promise.all([this.#heartbeat(now), this.#dispatcher.ask(asking)]).then(() => this.#known())
  }

  async #heartbeat(now: number): Promise<void> {
    const { instance } = this
    const objects = Array.from(this.objects(), ({ registered }) => registered).filter(
      (name) => now - (this.#named.get(name) ?? -Infinity) > renameMs,
    )
    const [answer] = await this.#dispatcher.send([
      { type: 'heartbeat', instance, objects, leaving: false, aliveMs },
    ])
    if (answer?.type !== 'heartbeat') return
    this.fleetSize = Math.max(1, answer.instances)
    for (const name of objects) this.#named.set(name, now)
  }

  #known(): void {
    if (this.#dispatcher.isDown) return
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }

  ready({ timeoutMs = 5_000 }: { readonly timeoutMs?: number } = {}): Promise<boolean> {
    const known = new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#dispatcher.sweep()
    return within(this.#clock, timeoutMs, known)
  }

  stop(): Promise<void> {
    return (this.#stopping ??= this.#stop())
  }

  async #stop(): Promise<void> {
    this.#dispatcher.stop()
    const now = this.now
    const { instance } = this
    const last: Request[] = [...this.objects()].flatMap((object) => object.farewell(now))
    last.push({ type: 'heartbeat', instance, objects: [], leaving: true, aliveMs })
    for (const object of this.objects()) object.linked(false, now)
    if (!this.degraded) await within(this.#clock, farewellMs, this.#store.send(last))
    await within(this.#clock, closingMs, this.#store.close())
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
