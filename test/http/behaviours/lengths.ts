import { broken, status } from '../behaviour.ts'
import type { Heard, Hostility } from '../behaviour.ts'

/** Writes `text`, then ends its direction. */
function says(name: string, heard: Heard, text: string): Hostility {
  return {
    name,
    when: 'request',
    heard,
    async act(wire) {
      wire.write(text)
      await wire.pause()
      wire.finish()
    },
  }
}

const chunked = 'HTTP/1.1 200 OK\ntransfer-encoding: chunked\n\n'

/** Bodies that are not as long as they are said to be. */
export const lengths: readonly Hostility[] = [
  says(
    'promises more bytes than it sends',
    status(200, 'broken'),
    'HTTP/1.1 200 OK\ncontent-length: 100\n\nhalf',
  ),
  {
    name: 'sends more bytes than it promised',
    when: 'request',
    heard: status(200),
    // Of what is too much, some clients hear before they have read the rest.
    orHeard: broken,
    act: (wire) => wire.write('HTTP/1.1 200 OK\ncontent-length: 2\n\nok, and more than that'),
  },
  {
    name: 'sends a body with 204',
    when: 'request',
    heard: status(204),
    orHeard: broken,
    act: (wire) => wire.write('HTTP/1.1 204 No Content\ncontent-length: 2\n\nok'),
  },
  says('gives two lengths', broken, 'HTTP/1.1 200 OK\ncontent-length: 2\ncontent-length: 3\n\nok!'),
  says('gives a length of letters', broken, 'HTTP/1.1 200 OK\ncontent-length: two\n\nok'),
  says('gives a negative length', broken, 'HTTP/1.1 200 OK\ncontent-length: -2\n\nok'),
  says(
    'gives a length beyond all numbers',
    broken,
    `HTTP/1.1 200 OK\ncontent-length: ${'9'.repeat(40)}\n\nok`,
  ),
  says(
    'gives a length and chunks',
    broken,
    'HTTP/1.1 200 OK\ncontent-length: 2\ntransfer-encoding: chunked\n\n2\nok\n0\n\n',
  ),
  says('says a body’s end by closing', status(200), 'HTTP/1.0 200 OK\n\nok'),
  says('sends a chunk of letters', status(200, 'broken'), `${chunked}2\nok\nzz\nok\n0\n\n`),
  says('sends a chunk longer than it says', status(200, 'broken'), `${chunked}2\nok, and more\n0\n\n`),
  says('sends a chunk shorter than it says', status(200, 'broken'), `${chunked}ff\nok`),
  says('sends chunks without an end', status(200, 'broken'), `${chunked}2\nok\n`),
  says('sends a chunk beyond all numbers', status(200, 'broken'), `${chunked}2\nok\n${'f'.repeat(40)}\nok\n`),
  // Not every client unpacks.
  {
    ...says(
      'sends what is not gzip as gzip',
      status(200, 'broken'),
      'HTTP/1.1 200 OK\ncontent-encoding: gzip\ncontent-length: 2\n\nok',
    ),
    orHeard: status(200),
  },
]
