import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { whenBodyEnds } from './body-end.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** How often the end of `body` has been heard of. */
function endsOf(body: unknown): () => number {
  let ends = 0
  whenBodyEnds(body, () => ends++)
  return () => ends
}

it.each([undefined, null, 'text', Buffer.from('bytes'), { rows: [] }])(
  'what is no stream has ended: %o',
  (body) => {
    expect(endsOf(body)()).toBe(1)
  },
)

it('a stream of the web ends when it has been read, by whomever, and is not locked until then', async () => {
  const body = new Blob(['text']).stream()
  const ends = endsOf(body)
  await turn()
  expect([ends(), body.locked]).toEqual([0, false])
  const [one, two] = body.tee()
  expect(await Promise.all([text(one), text(two)])).toEqual(['text', 'text'])
  await turn()
  expect(ends()).toBe(1)
})

it('or when it is cancelled or fails, which its reader hears', async () => {
  const cancelled = new ReadableStream()
  const failing = new ReadableStream({ pull: (controller) => controller.error(new Error('broken')) })
  const ends = [endsOf(cancelled), endsOf(failing)]
  await cancelled.cancel()
  await expect(text(failing)).rejects.toThrow('broken')
  await turn()
  expect(ends.map((count) => count())).toEqual([1, 1])
})

it('or when nobody has it any more', async () => {
  const ends = endsOf(new ReadableStream())
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  for (let tries = 0; tries < 100 && ends() === 0; tries++) {
    collectGarbage()
    await turn()
  }
  expect(ends()).toBe(1)
})

it('a stream of Node’s ends when it is closed, and whoever has it still hears its errors', async () => {
  const [read, destroyed, over] = [new PassThrough(), new PassThrough(), new PassThrough().destroy()]
  await turn()
  const ends = [read, destroyed, over].map((body) => endsOf(body))
  expect(ends.map((count) => count())).toEqual([0, 0, 1])
  expect(read.listenerCount('error')).toBe(0)
  read.end('text')
  destroyed.destroy()
  expect(await text(read)).toBe('text')
  await turn()
  expect(ends.map((count) => count())).toEqual([1, 1, 1])
})
