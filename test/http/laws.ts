import { status } from './behaviour.ts'
import type { Behaviour, Heard, Hostility } from './behaviour.ts'
import { limits } from './client-under-test.ts'
import type { ClientKind } from './client-under-test.ts'
import { loopClock, wait } from './loop-time.ts'
import { described, hangsAfterMs, left, Trial } from './trial.ts'
import type { Complaints } from './trial.ts'

/** A client may need a few turns until it knows that it can use a connection again. */
const untilKeptMs = 20

const get = { method: 'GET' } as const

/** Whoever is treated so again and again hears what there is to hear, after no more attempts than are allowed. */
export function isHeard(kind: ClientKind, hostility: Hostility): Promise<Complaints> {
  return Trial.of(kind, async (trial) => {
    trial.upstream.behave([], hostility)
    trial.expectHeard(await trial.hear(get), hostility)
    trial.expectRequests(limits.attempts)
  })
}

/** A read that fails once is tried again, and nobody notices; what did not fail is not. */
export function isOvercome(kind: ClientKind, hostility: Hostility): Promise<Complaints> {
  return Trial.of(kind, async (trial) => {
    trial.upstream.behave([hostility])
    trial.expectHeard(await trial.hear(get), overcome(kind, hostility))
    trial.expectRequests(limits.attempts)
  })
}

/** What is heard of it where an attempt that fails is followed by one that does not. */
function overcome(kind: ClientKind, { heard, orHeard = heard, ...behaviour }: Hostility): Hostility {
  const again = (said: Heard): Heard => (failsAttempt(kind, said) ? status(200) : said)
  return { ...behaviour, heard: again(heard), orHeard: again(orHeard) }
}

function failsAttempt({ readsBody }: ClientKind, said: Heard): boolean {
  return said.kind !== 'status' || said.status >= 500 || (readsBody && said.body !== 'whole')
}

/** The same on a connection that was kept: it may be lost in the moment in which it is used again. */
export function isOvercomeOnReuse(kind: ClientKind, hostility: Hostility): Promise<Complaints> {
  return Trial.of(kind, async (trial) => {
    await trial.hear(get)
    await wait(untilKeptMs)
    trial.upstream.behave([hostility])
    trial.expectHeard(await trial.hear(get), overcome(kind, hostility))
    if (trial.upstream.seen[1]?.connection === 2) trial.complain('used no connection again')
  })
}

/** What may have been done is not done again, on a new connection nor on one that was kept. */
export async function isNotRepeated(kind: ClientKind, hostility: Hostility): Promise<Complaints> {
  const post = { method: 'POST', body: 'once' } as const
  const trials = [0, 1].map((before) =>
    Trial.of(kind, async (trial) => {
      if (before === 1) await trial.hear(post)
      await wait(untilKeptMs)
      trial.upstream.behave([hostility])
      const ending = await trial.hear(post)
      if (ending.kind === 'hung') trial.complain('hung')
      trial.expectRequests(before + 1)
    }),
  )
  return (await Promise.all(trials)).flat()
}

/** A body that can be read once is sent once, though its method might be repeated. */
export function isNotSentAgain(kind: ClientKind, hostility: Hostility): Promise<Complaints> {
  return Trial.of(kind, async (trial) => {
    let readings = 0
    async function* body(): AsyncGenerator<Uint8Array> {
      readings++
      for (let piece = 0; piece < 4; piece++) yield Buffer.alloc(16 * 1024, 'x')
    }
    trial.upstream.behave([hostility])
    const ending = await trial.hear({ method: 'PUT', body: body() })
    if (ending.kind === 'hung') trial.complain('hung')
    if (readings > 1) trial.complain(`read the body ${readings} times`)
    const sent = trial.upstream.seen.filter(({ request }) => request.bodyBytes > 0 || request.whole)
    if (sent.length > 1) trial.complain(`sent the body ${sent.length} times`)
  })
}

/** Who leaves hears their own reason at once, and nothing is tried again that had not failed before. */
export function isLeft(kind: ClientKind, hostility: Hostility): Promise<Complaints> {
  return Trial.of(kind, async (trial) => {
    trial.upstream.behave([], hostility)
    const caller = new AbortController()
    void wait(limits.attemptMs / 3).then(() => caller.abort(left))
    const begun = loopClock.now()
    const ending = await trial.hear(get, caller)
    if (loopClock.now() - begun > hangsAfterMs / 2) trial.complain('hears it late')
    const isOwn = ending.kind === 'left' || ('error' in ending && ending.error === left)
    if (!isOwn && ending.kind !== hostility.orHeard?.kind) {
      trial.complain(`heard ${described(ending)}, not the caller's own reason`)
    }
    trial.expectRequests(hostility.orHeard === undefined ? 1 : limits.attempts)
  })
}

/** Of an answer that comes before the request has gone, a client may make what it will, but soon and once. */
export function isHeardEarly(kind: ClientKind, early: Behaviour): Promise<Complaints> {
  return Trial.of(kind, async (trial) => {
    trial.upstream.behave([], early)
    const ending = await trial.hear({ method: 'POST', body: 'x'.repeat(8 * 1024 * 1024) })
    if (ending.kind === 'hung' || ending.kind === 'left') trial.complain(`heard ${described(ending)}`)
    trial.expectRequests(1)
  })
}

/** Where the answer is handed over with its head, its body may take longer than the attempt. */
export function isHeardToTheEnd(kind: ClientKind, slow: Behaviour): Promise<Complaints> {
  return Trial.of(kind, async (trial) => {
    trial.upstream.behave([slow])
    const ending = await trial.hear(get)
    trial.expect(ending, status(200))
    trial.expectRequests(kind.readsBody ? 2 : 1)
  })
}
