import { redirects } from './behaviours/redirects.ts'
import type { ClientKind } from './client-under-test.ts'
import { HostileUpstream } from './hostile-upstream.ts'
import { Trial } from './trial.ts'
import type { Complaints } from './trial.ts'

const secrets = {
  authorization: 'Bearer secret',
  cookie: 'session=secret',
  'proxy-authorization': 'Basic secret',
}

interface Redirect {
  readonly name: string
  readonly status: number
}

export const redirectsOfAllKinds: readonly Redirect[] = [301, 302, 303, 307, 308].map((status) => ({
  name: `redirects by ${status}`,
  status,
}))

interface DeadEnd {
  readonly name: string
  readonly location: string
}

/** Where a redirect leads back to itself, or to where nobody can go. */
export const deadEnds: readonly DeadEnd[] = [
  '/',
  '',
  'http://[',
  'http://127.0.0.1:1/',
  'javascript:alert(1)',
  'file:///etc/passwd',
].map((location) => ({ name: `leads on to '${location}'`, location }))

/** As many as clients follow, 20 or 21, and the request before. */
const mostRequests = 22

/** What is meant for one origin is not told another. */
export function areNotTold(kind: ClientKind, { status }: Pick<Redirect, 'status'>): Promise<Complaints> {
  return Trial.of(kind, async (trial) => {
    const other = await HostileUpstream.start()
    try {
      trial.upstream.behave([], redirects(status, `${other.url}/elsewhere`))
      await trial.hear({ method: 'GET', headers: secrets })
      if (kind.followsRedirects && other.seen.length !== 1) trial.complain(`asked ${other.seen.length} times`)
      const told = other.seen.flatMap(({ request }) =>
        Object.keys(secrets).filter((name) => name in request.headers),
      )
      for (const name of told) trial.complain(`told the other origin ${name}`)
    } finally {
      await other.stop()
    }
  })
}

/** Such a redirect is given up. */
export function areGivenUp(kind: ClientKind, { location }: DeadEnd): Promise<Complaints> {
  return Trial.of(kind, async (trial) => {
    trial.upstream.behave([], redirects(302, location))
    const ending = await trial.hear({ method: 'GET' })
    if (ending.kind !== 'broken' && ending.kind !== 'status') trial.complain(`heard ${ending.kind}`)
    trial.expectRequests(mostRequests)
  })
}

/** What was done already is not done again, since nobody is there whom the answer leads on to. */
export function areNotLedToRepeat(kind: ClientKind, { status }: Redirect): Promise<Complaints> {
  return Trial.of(kind, async (trial) => {
    const gone = await HostileUpstream.start()
    const { url } = gone
    await gone.stop()
    trial.upstream.behave([], redirects(status, url))
    const ending = await trial.hear({ method: 'POST', body: 'text' })
    if (kind.followsRedirects) trial.expect(ending, { kind: 'broken' })
    trial.expectRequests(1)
  })
}
