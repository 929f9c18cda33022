import fc from 'fast-check'
import { expect, it } from 'vitest'
import { markup } from './markup.ts'

const characters = [
  '<',
  '>',
  '&',
  '"',
  "'",
  '&lt;',
  '</text>',
  'a',
  ' ',
  '\n',
  'ü',
  '世',
  '🦀',
  '\0',
  '\ud800',
]
const text = fc.string({ unit: fc.oneof(fc.constantFrom(...characters), fc.string({ maxLength: 3 })) })

/** What a reader of the markup makes of it. */
function read(written: string): string {
  const names: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"' }
  return written.replaceAll(/&(\w+);/g, (_, name: string) => names[name] ?? `unknown ${name}`)
}

it('text stays text, between tags and in attributes, and says the same', () => {
  fc.assert(
    fc.property(text, (drawn) => {
      const [, attribute, content] =
        /^<a b="([^"<>]*)">([^<>]*)<\/a>$/.exec(markup`<a b="${drawn}">${drawn}</a>`.text) ?? []
      const possible = drawn.toWellFormed().replaceAll(/(?![\t\n\r])\p{Cc}/gu, '\ufffd')
      expect([attribute, content].map((written) => read(written ?? ''))).toEqual([possible, possible])
    }),
  )
})
