/** Text that is markup already. */
export class Markup {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** What stands in markup: text is escaped, numbers are rounded to hundredths, undefined is nothing. */
export type Content = string | number | Markup | undefined | readonly Content[]

/** Markup of a template. Whatever is put into it, between tags or between the double quotes of an attribute, stays text. */
export function markup(pieces: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  return new Markup(String.raw({ raw: pieces }, ...contents.map(written)))
}

function written(content: Content): string {
  if (content === undefined) return ''
  if (typeof content === 'string') return escaped(content)
  if (typeof content === 'number') return String(Math.round(content * 100) / 100)
  return content instanceof Markup ? content.text : content.map(written).join('')
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** What no XML document may contain, in whichever way it is written. */
const impossible = /(?![\t\n\r])[\p{Cc}\ufffe\uffff]/gu

function escaped(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(impossible, '\ufffd')
    .replaceAll(/[&<>"]/g, (character) => entities[character] ?? character)
}
