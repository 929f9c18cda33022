/**
 * MurmurHash3 (x86, 32 bits, by Austin Appleby), in which each UTF-16 unit of `text` is a block of its own. Texts that
 * differ little come out as different as any, and so do seeds. Not for secrets.
 */
export function hash(text: string, seed: number): number {
  let state = seed
  for (let unit = 0; unit < text.length; unit++) {
    const block = Math.imul(rotated(Math.imul(text.charCodeAt(unit), 0xcc9e2d51), 15), 0x1b873593)
    state = (Math.imul(rotated(state ^ block, 13), 5) + 0xe6546b64) | 0
  }
  return mixed(state ^ (4 * text.length))
}

function rotated(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}

/** Every bit that goes in turns half of those that come out. */
function mixed(word: number): number {
  let state = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35)
  return (state ^ (state >>> 16)) >>> 0
}
