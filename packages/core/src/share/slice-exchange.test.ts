import { seededRandom, VirtualClock } from '@holdfast/testing'
import { expect, it } from 'vitest'
import { memoryServer } from './memory-server.ts'
import { share } from './member.ts'
import { Link, ProcessClock } from './process.arbitrary.ts'
import type { Request } from './protocol/request.ts'
import type { SliceTerms, SliceUser } from './shared-slices.ts'
import type { Store } from './store.ts'

const terms: SliceTerms = { limit: 10, degradedMinimum: 0, drainMs: () => 100 }
const user: SliceUser = { running: 0, waiting: 0, grown: () => undefined, notify: () => undefined }

it('who has left unheard and joins again under the same name is not taken for one whose request is late', async () => {
  const clock = new VirtualClock()
  const ownClock = new ProcessClock(clock)
  const link = new Link(memoryServer(clock), ownClock)
  const numbers: number[] = []
  const send = link.send.bind(link)
  link.send = (requests) => {
    for (const each of requests) if (each.type === 'slice') numbers.push(each.sequence)
    return send(requests)
  }
  const one = share(link, { clock: ownClock, random: seededRandom(1) })
  await clock.advance(1_000)
  const first = one.parts.slices(['key'], terms, user)
  await clock.advance(500)
  link.fate = 'lost'
  first?.leave()
  await clock.advance(300)
  link.fate = 'answered'
  one.parts.slices(['key'], terms, user)
  await clock.advance(300)
  expect(numbers.length).toBeGreaterThan(2)
  expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b))
})

it('who has left while nothing is heard is not remembered', async () => {
  const clock = new VirtualClock()
  const ownClock = new ProcessClock(clock)
  const link = new Link(memoryServer(clock), ownClock)
  const one = share(link, { clock: ownClock, random: seededRandom(1) })
  await clock.advance(1_000)
  link.cut()
  const heard: string[] = []
  one.on(({ type }) => heard.push(type))
  for (let each = 0; each <= 10_000; each++) one.parts.slices([`key-${each}`], terms, user)?.leave()
  expect(heard).toEqual([])
})

it('who has left says so once, and who joins then is heard under the same name', async () => {
  const clock = new VirtualClock()
  const ownClock = new ProcessClock(clock)
  const link = new Link(memoryServer(clock), ownClock)
  const sent: Request[] = []
  const send = link.send.bind(link)
  link.send = (requests) => {
    sent.push(...requests.filter(({ type }) => type === 'slice'))
    return send(requests)
  }
  const one = share(link, { clock: ownClock, random: seededRandom(1) })
  await clock.advance(1_000)
  const first = one.parts.slices(['key'], terms, user)
  await clock.advance(1_500)
  sent.length = 0
  first?.leave()
  await clock.advance(3_000)
  expect(sent).toMatchObject([{ want: 0 }])
  one.parts.slices(['key'], terms, user)
  await clock.advance(3_000)
  sent.length = 0
  const stopped = one.stop()
  await clock.advance(200)
  await stopped
  expect(sent).toMatchObject([{ want: 0 }])
})

it('who wants more than it has waits for the others to speak where the server has lost its memory, so that they keep theirs', async () => {
  const clock = new VirtualClock()
  let server = memoryServer(clock).connect()
  const store = (): Store => ({
    open: (listener) => server.open(listener),
    send: (requests) => server.send(requests),
    close: () => Promise.resolve(),
  })
  const [greedy, content] = [1, 2].map((seed) => {
    const instance = share(store(), { clock, random: seededRandom(seed) })
    return instance.parts.slices(['key'], { ...terms, limit: 4 }, user)?.shared
  })
  const wantAll = (): void => {
    for (let each = 0; each < 4; each++) greedy?.missed(clock.now())
  }
  for (let each = 0; each < 2; each++) content?.taken(clock.now())
  for (let each = 0; each < 30; each++) {
    wantAll()
    await clock.advance(100)
  }
  expect(content?.grant.permits).toBe(2)
  server = memoryServer(clock).connect()
  server.open({ pushed: () => undefined, connected: () => undefined, disconnected: () => undefined })
  const held: (number | undefined)[] = []
  for (let each = 0; each < 30; each++) {
    wantAll()
    await clock.advance(100)
    held.push(content?.grant.permits)
  }
  expect(held).toEqual(held.map(() => 2))
  expect(greedy?.grant.permits).toBe(2)
})
