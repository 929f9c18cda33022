import { styleText } from 'node:util'
import type { Surroundings } from './surroundings.ts'

export type Style = 'good' | 'warning' | 'bad' | 'strong' | 'faint'

export type Paint = (style: Style, text: string) => string

const formats = { good: 'green', warning: 'yellow', bad: 'red', strong: 'bold', faint: 'dim' } as const

/** Colours for a terminal that wants them; text as it is for anything else. */
export function paintFor({ out, env }: Pick<Surroundings, 'out' | 'env'>): Paint {
  if (!out.isTerminal || env['TERM'] === 'dumb' || (env['NO_COLOR'] ?? '') !== '') return (_, text) => text
  return (style, text) => styleText(formats[style], text, { validateStream: false })
}
