import { status } from '../behaviour.ts'
import type { Behaviour, Hostility } from '../behaviour.ts'

/** More than any client buffers. */
const large = 'x'.repeat(1024 * 1024)

/** Answers that fail, and that nobody can simply forget about. */
export const answers: readonly Hostility[] = [
  { name: 'answers 503', when: 'request', heard: status(503), act: (wire) => wire.answer(503, 'busy') },
  {
    name: 'answers 503 with a large body',
    when: 'request',
    heard: status(503),
    act: (wire) => wire.answer(503, large),
  },
  {
    name: 'answers 503 with a body without end',
    when: 'request',
    heard: status(503, 'endless'),
    async act(wire) {
      wire.write('HTTP/1.1 503 Busy\ntransfer-encoding: chunked\n\n')
      await wire.trickle('1\nx\n', 400)
    },
  },
  {
    name: 'answers 503 and resets amid its body',
    when: 'request',
    heard: status(503, 'broken'),
    async act(wire) {
      wire.write('HTTP/1.1 503 Busy\ncontent-length: 100\n\nhalf')
      await wire.pause()
      wire.reset()
    },
  },
]

/** Answers before the body of the request has been read. */
export const early: readonly Behaviour[] = [
  {
    name: 'answers 200 to the head, and reads on',
    when: 'head',
    act: (wire) => wire.answer(200, 'ok'),
  },
  {
    name: 'answers 413 to the head, and reads no more',
    when: 'head',
    act(wire) {
      wire.stopReading()
      wire.write('HTTP/1.1 413 Too Large\nconnection: close\ncontent-length: 2\n\nno')
    },
  },
  {
    name: 'answers 413 to the head, and resets',
    when: 'head',
    async act(wire) {
      wire.stopReading()
      wire.write('HTTP/1.1 413 Too Large\nconnection: close\ncontent-length: 2\n\nno')
      await wire.pause()
      wire.reset()
    },
  },
]
