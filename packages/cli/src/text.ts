/** Moves the cursor, changes colours, or reverses the order of what follows. */
const treacherous = /[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu

/** What others have written, such that it cannot take the terminal over: what would is shown as its code. */
export function printable(text: string): string {
  return text.replaceAll(treacherous, escaped)
}

/** One line of JSON. */
export function json(value: unknown): string {
  return JSON.stringify(value).replaceAll(treacherous, escaped)
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
