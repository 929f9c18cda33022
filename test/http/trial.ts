import type { Heard, Hostility } from './behaviour.ts'
import { limits } from './client-under-test.ts'
import type { Answered, Asked, ClientKind, ClientUnderTest } from './client-under-test.ts'
import { HostileUpstream } from './hostile-upstream.ts'
import { loopClock, wait } from './loop-time.ts'

/** What is wrong with a client, in words; nothing where it is as it should be. */
export type Complaints = readonly string[]

/** What a caller heard in the end: what was to be heard, nothing at all, or their own reason for leaving. */
export type Ending =
  | (Heard & { readonly text?: string; readonly error?: unknown })
  | { readonly kind: 'hung' }
  | { readonly kind: 'left' }

/** A client that has not come back by then hangs. */
export const hangsAfterMs: number = limits.totalMs + 4_000

/** How long a caller listens to a body: much longer than an attempt may take, which must not end it. */
const patienceMs = limits.attemptMs + 800

const closedWithinMs = 4_000

/** Why callers leave. */
export const left: Error = new Error('the caller has left')

/** One client that is without a past, and one upstream. */
export class Trial {
  readonly complaints: string[] = []
  readonly kind: ClientKind
  readonly upstream: HostileUpstream
  readonly #client: ClientUnderTest

  /** Runs a law; resolves with what is wrong, connections that stay open included. */
  static async of(kind: ClientKind, law: (trial: Trial) => Promise<void>): Promise<Complaints> {
    const upstream = await HostileUpstream.start()
    const trial = new Trial(kind, upstream)
    try {
      await law(trial)
      await trial.#expectNoSockets()
    } finally {
      await trial.#client.close()
      await upstream.stop()
    }
    return trial.complaints
  }

  private constructor(kind: ClientKind, upstream: HostileUpstream) {
    this.kind = kind
    this.upstream = upstream
    this.#client = kind.make(limits)
  }

  /** Asks the upstream, reads the answer, and says what came of it. */
  hear(asked: Omit<Asked, 'signal'>, caller: AbortController = new AbortController()): Promise<Ending> {
    const hung = wait(hangsAfterMs).then((): Ending => ({ kind: 'hung' }))
    return Promise.race([this.#ending({ ...asked, signal: caller.signal }, caller), hung])
  }

  async #ending(asked: Asked, caller: AbortController): Promise<Ending> {
    let answered: Answered
    try {
      answered = await this.#client.ask(this.upstream.url, asked)
    } catch (error) {
      if (error === left) return { kind: 'left' }
      return { kind: this.#client.isTimeout(error) ? 'silent' : 'broken', error }
    }
    const { status } = answered
    const read = new AbortController()
    void wait(patienceMs, read.signal).then(() => read.signal.aborted || caller.abort(left))
    try {
      return { kind: 'status', status, body: 'whole', text: await answered.text() }
    } catch (error) {
      return { kind: 'status', status, body: caller.signal.aborted ? 'endless' : 'broken', error }
    } finally {
      read.abort()
    }
  }

  complain(complaint: string): void {
    this.complaints.push(complaint)
  }

  /** Complains unless `ending` is what is to be heard of `hostility`. */
  expectHeard(ending: Ending, { heard, orHeard = heard }: Hostility): void {
    this.expect(ending, this.#asHeard(heard), this.#asHeard(orHeard))
  }

  expect(ending: Ending, ...accepted: readonly Heard[]): void {
    const ought = accepted.map(described)
    if (ought.includes(described(ending))) return
    const why = 'error' in ending ? ` (${reasons(ending.error)})` : ''
    this.complain(`heard ${described(ending)}${why}, not ${ought[0]}`)
  }

  /** Who reads the body within the attempt hears of its failure as of any other. */
  #asHeard(heard: Heard): Heard {
    if (!this.kind.readsBody || heard.kind !== 'status' || heard.body === 'whole') return heard
    return { kind: heard.body === 'endless' ? 'silent' : 'broken' }
  }

  /** Complains if more requests have come than `most`. */
  expectRequests(most: number): void {
    const { length } = this.upstream.seen
    if (length > most) this.complain(`sent ${length} requests, not at most ${most}`)
  }

  /** Complains about connections that stay open, though nothing more is to be had from them. */
  async #expectNoSockets(): Promise<void> {
    const { upstream } = this
    const end = loopClock.now() + closedWithinMs
    for (upstream.endAtRest(); upstream.open > 0; upstream.endAtRest()) {
      if (loopClock.now() > end) return this.complain(`leaves ${upstream.open} connections open`)
      await wait(10)
    }
  }
}

export function described(ending: Ending): string {
  return ending.kind === 'status' ? `${ending.status} with a body that is ${ending.body}` : ending.kind
}

/** An error with its causes. */
function reasons(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause === undefined ? `${error}` : `${error}, for ${reasons(error.cause)}`
}
