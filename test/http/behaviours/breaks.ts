import { broken, status } from '../behaviour.ts'
import type { Hostility } from '../behaviour.ts'

/** The connection is lost, in each phase. */
export const breaks: readonly Hostility[] = [
  { name: 'resets on accept', when: 'accepted', heard: broken, act: (wire) => wire.reset() },
  { name: 'closes on accept', when: 'accepted', heard: broken, act: (wire) => wire.finish() },
  { name: 'resets after the request line', when: 'request line', heard: broken, act: (wire) => wire.reset() },
  { name: 'resets after the request’s head', when: 'head', heard: broken, act: (wire) => wire.reset() },
  { name: 'resets after the request', when: 'request', heard: broken, act: (wire) => wire.reset() },
  { name: 'closes after the request’s head', when: 'head', heard: broken, act: (wire) => wire.destroy() },
  { name: 'half-closes after the request', when: 'request', heard: broken, act: (wire) => wire.finish() },
  {
    name: 'resets after the status line',
    when: 'request',
    heard: broken,
    async act(wire) {
      wire.write('HTTP/1.1 200 OK\n')
      await wire.pause()
      wire.reset()
    },
  },
  {
    name: 'half-closes after the status line',
    when: 'request',
    heard: broken,
    act(wire) {
      wire.write('HTTP/1.1 200 OK\n')
      wire.finish()
    },
  },
  {
    name: 'resets amid the headers',
    when: 'request',
    heard: broken,
    async act(wire) {
      wire.write('HTTP/1.1 200 OK\ncontent-length: 2\nx-unfini')
      await wire.pause()
      wire.reset()
    },
  },
  {
    name: 'resets amid the body',
    when: 'request',
    heard: status(200, 'broken'),
    async act(wire) {
      wire.write('HTTP/1.1 200 OK\ncontent-length: 100\n\nhalf')
      await wire.pause()
      wire.reset()
    },
  },
  {
    name: 'half-closes amid the body',
    when: 'request',
    heard: status(200, 'broken'),
    act(wire) {
      wire.write('HTTP/1.1 200 OK\ncontent-length: 100\n\nhalf')
      wire.finish()
    },
  },
  {
    name: 'answers and closes, though it said nothing of that',
    when: 'request',
    heard: status(200),
    act(wire) {
      wire.answer(200, 'ok')
      wire.finish()
    },
  },
]
