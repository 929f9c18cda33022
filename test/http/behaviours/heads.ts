import { broken, silent, status } from '../behaviour.ts'
import type { Heard, Hostility } from '../behaviour.ts'

function says(name: string, heard: Heard, text: string): Hostility {
  return { name, when: 'request', heard, act: (wire) => wire.write(text) }
}

function saysBefore(name: string, text: string): Hostility {
  return {
    name,
    when: 'request',
    heard: status(200),
    async act(wire) {
      wire.write(text)
      await wire.pause()
      wire.answer(200, 'ok')
    },
  }
}

const hint = 'HTTP/1.1 103 Early Hints\nlink: </a.css>; rel=preload\n\n'

/** Heads that nobody can make sense of, or that come with more than was asked for. */
export const heads: readonly Hostility[] = [
  says('speaks another protocol', broken, 'SSH-2.0-OpenSSH_9.9\n'),
  says('speaks HTTP/9.9', broken, 'HTTP/9.9 200 OK\ncontent-length: 2\n\nok'),
  says('says no status', broken, 'HTTP/1.1 \ncontent-length: 2\n\nok'),
  says('says a status of letters', broken, 'HTTP/1.1 two OK\ncontent-length: 2\n\nok'),
  says('sends a header without a name', broken, 'HTTP/1.1 200 OK\n: nothing\ncontent-length: 2\n\nok'),
  says('sends a NUL in a header', broken, 'HTTP/1.1 200 OK\nx: a\0b\ncontent-length: 2\n\nok'),
  says(
    'sends a giant header',
    broken,
    `HTTP/1.1 200 OK\nx: ${'y'.repeat(256 * 1024)}\ncontent-length: 2\n\nok`,
  ),
  says('sends ten thousand headers', broken, `HTTP/1.1 200 OK\n${'x: yyyyyyyyyyyyyyyy\n'.repeat(10_000)}\n`),
  // Node's own client waits for more.
  {
    ...says(
      'says 101, though nobody asked',
      broken,
      'HTTP/1.1 101 Switching Protocols\nupgrade: x\nconnection: upgrade\n\n',
    ),
    orHeard: silent,
  },
  // undici takes it as a mistake.
  { ...saysBefore('says 100, though nobody asked', 'HTTP/1.1 100 Continue\n\n'), orHeard: broken },
  saysBefore('says 103 before it answers', hint.repeat(3)),
  saysBefore('says 102 before it answers', 'HTTP/1.1 102 Processing\n\n'),
]
