import { status } from './behaviour.ts'
import type { Form } from './behaviours/retry-after.ts'
import type { ClientKind } from './client-under-test.ts'
import { loopClock } from './loop-time.ts'
import { Trial } from './trial.ts'
import type { Complaints } from './trial.ts'

/** An upstream that says when to come again is asked again then, or not at all; what is not well said is not heard. */
export function isObeyed(kind: ClientKind, form: Form): Promise<Complaints> {
  const { meaning } = form
  return Trial.of(kind, async (trial) => {
    trial.upstream.behave([form])
    const begun = loopClock.now()
    const ending = await trial.hear({ method: 'GET' })
    const tookMs = loopClock.now() - begun
    trial.expect(ending, status(meaning === 'not in time' ? 503 : 200))
    trial.expectRequests(meaning === 'not in time' ? 1 : 2)
    const [first, second] = trial.upstream.seen
    const waitedMs = (second?.atMs ?? Infinity) - (first?.atMs ?? 0)
    if (meaning === 'in a second' && waitedMs < 990) trial.complain(`came again after ${waitedMs} ms`)
    // A second is what the others would take who waited where they need not.
    if (meaning !== 'in a second' && tookMs > 990) trial.complain(`took ${tookMs} ms`)
  })
}
