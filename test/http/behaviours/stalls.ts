import { broken, silent, status } from '../behaviour.ts'
import type { Behaviour, Hostility } from '../behaviour.ts'

/** Longer than any test waits. */
const always = 400

/** Nothing more comes, or too little to be of use. */
export const stalls: readonly Hostility[] = [
  { name: 'never reads', when: 'accepted', heard: silent, act: (wire) => wire.stopReading() },
  {
    name: 'stops reading after the request line',
    when: 'request line',
    heard: silent,
    act: (wire) => wire.stopReading(),
  },
  { name: 'never answers', when: 'request', heard: silent, act: () => {} },
  {
    name: 'stops after the status line',
    when: 'request',
    heard: silent,
    act: (wire) => wire.write('HTTP/1.1 200 OK\n'),
  },
  {
    name: 'stops amid the headers',
    when: 'request',
    heard: silent,
    act: (wire) => wire.write('HTTP/1.1 200 OK\ncontent-length: 2\nx-unfini'),
  },
  {
    name: 'trickles the headers',
    when: 'request',
    heard: silent,
    async act(wire) {
      wire.write('HTTP/1.1 200 OK\n')
      await wire.trickle('x: y\n', always)
    },
  },
  {
    name: 'says 100 and no more',
    when: 'request',
    heard: silent,
    // undici takes a 100 that it has not asked for as a mistake.
    orHeard: broken,
    act: (wire) => wire.write('HTTP/1.1 100 Continue\n\n'),
  },
  {
    name: 'says 103 again and again',
    when: 'request',
    heard: silent,
    act: (wire) => wire.trickle('HTTP/1.1 103 Early Hints\nlink: </a.css>; rel=preload\n\n', always),
  },
  {
    name: 'stops amid the body',
    when: 'request',
    heard: status(200, 'endless'),
    act: (wire) => wire.write('HTTP/1.1 200 OK\ncontent-length: 100\n\nhalf'),
  },
  {
    name: 'trickles a body without end',
    when: 'request',
    heard: status(200, 'endless'),
    async act(wire) {
      wire.write('HTTP/1.1 200 OK\ntransfer-encoding: chunked\n\n')
      await wire.trickle('1\nx\n', always)
    },
  },
]

/** A whole answer, of which the body takes longer than an attempt may. */
export const slowBody: Behaviour = {
  name: 'trickles a whole body',
  when: 'request',
  async act(wire) {
    wire.write('HTTP/1.1 200 OK\ncontent-length: 18\n\n')
    await wire.trickle('o', 18)
    wire.atRest = true
  },
}
