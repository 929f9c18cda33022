/** How wide characters are at most, in parts of the font's size, in the usual fonts without serifs. */
const narrow = /[ !'(),./:;I[\]`fijlrt|]/
const wide = /[%@MWmw…—→]/

/** How wide a text is at most. Nobody can measure it here: the font is known where it is drawn. */
export function widthOf(text: string, size: number): number {
  let width = 0
  for (const character of text) width += shareOf(character)
  return width * size
}

function shareOf(character: string): number {
  if (character >= '\u1100') return wide.test(character) ? 1 : 1.3
  if (narrow.test(character)) return 0.45
  if (wide.test(character)) return 1
  return /[A-Z]/.test(character) ? 0.8 : 0.66
}

/** As much of a text as fits, with an ellipsis where something is left out. */
export function fitted(text: string, width: number, size: number): string {
  if (widthOf(text, size) <= width) return text
  const left = width - widthOf('…', size)
  let fitting = ''
  for (const character of text) {
    if (widthOf(fitting + character, size) > left) break
    fitting += character
  }
  return `${fitting.trimEnd()}…`
}
