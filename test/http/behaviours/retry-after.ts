import type { Behaviour } from '../behaviour.ts'

/** An answer of 503 that says when to come again, and what a client is to make of it. */
export interface Form extends Behaviour {
  readonly meaning: 'at once' | 'in a second' | 'not in time'
}

/** `said`: lines of the answer's head. */
export function form(said: string, meaning: Form['meaning']): Form {
  return {
    name: said.trim().replaceAll('\n', ' '),
    meaning,
    when: 'request',
    act: (wire) => wire.answer(503, 'busy', said),
  }
}

const seconds = (text: string, meaning: Form['meaning']): Form => form(`retry-after: ${text}\n`, meaning)

/** The server's clock is wrong by decades; what counts is how much later the other date is. */
const dated = (text: string, meaning: Form['meaning']): Form =>
  form(`date: Sun, 06 Nov 1994 08:49:37 GMT\nretry-after: ${text}\n`, meaning)

export const forms: readonly Form[] = [
  seconds('0', 'at once'),
  seconds('1', 'in a second'),
  seconds('01', 'in a second'),
  seconds('120', 'not in time'),
  seconds('9'.repeat(30), 'not in time'),
  seconds('-5', 'at once'),
  seconds('+120', 'at once'),
  seconds('120.5', 'at once'),
  seconds('1e3', 'at once'),
  seconds('0x78', 'at once'),
  seconds('', 'at once'),
  seconds('Infinity', 'at once'),
  seconds('120 s', 'at once'),
  seconds('later', 'at once'),
  seconds('120, 120', 'at once'),
  dated('Sun, 06 Nov 1994 08:49:38 GMT', 'in a second'),
  dated('Sunday, 06-Nov-94 08:49:38 GMT', 'in a second'),
  dated('Sun Nov  6 08:49:38 1994', 'in a second'),
  dated('Sun, 06 Nov 1994 08:49:36 GMT', 'at once'),
  dated('Sun, 06 Nov 1994 09:49:37 GMT', 'not in time'),
  dated('Sunday, 06-Nov-94 09:49:37 GMT', 'not in time'),
  dated('Sun Nov  6 09:49:37 1994', 'not in time'),
  dated('Sun, 06 Nov 1994 24:49:37 GMT', 'at once'),
  dated('Thu, 31 Nov 1994 08:49:37 GMT', 'at once'),
  dated('1994-11-06T09:49:37Z', 'at once'),
  dated('Sun, 06 Nov 1994 09:49:37 +0000', 'at once'),
  dated('784115377', 'not in time'),
  form('ratelimit: "default";r=0;t=1\n', 'in a second'),
  form('ratelimit: "default";r=0;t=120\n', 'not in time'),
  form('ratelimit: "default";r=0;t=120\nretry-after: 1\n', 'in a second'),
  form('ratelimit: t=120\n', 'at once'),
]
