/** The few pieces of DER (ITU-T X.690) that a certificate is made of. */

function encoded(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(contents)
  const { length } = body
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([tag, ...size]), body])
}

export const sequence = (...members: readonly Buffer[]): Buffer => encoded(0x30, ...members)

export const set = (member: Buffer): Buffer => encoded(0x31, member)

/** As few bytes as hold it, the first of them from 1 to 127. */
export const integer = (bytes: Uint8Array): Buffer => encoded(0x02, bytes)

export const truth = (): Buffer => encoded(0x01, Buffer.from([255]))

export const text = (value: string): Buffer => encoded(0x0c, Buffer.from(value))

export const bits = (bytes: Uint8Array, unused = 0): Buffer => encoded(0x03, Buffer.from([unused]), bytes)

export const octets = (bytes: Uint8Array): Buffer => encoded(0x04, bytes)

/** With a tag of its own: one that holds others, or one that holds bytes. */
export const tagged = (tag: number, member: Buffer): Buffer => encoded(0xa0 + tag, member)

export const taggedBytes = (tag: number, bytes: Uint8Array): Buffer => encoded(0x80 + tag, bytes)

/** Up to the year 2049. */
export function time(date: Date): Buffer {
  const digits = date.toISOString().replaceAll(/\D/g, '').slice(2, 14)
  return encoded(0x17, Buffer.from(`${digits}Z`))
}

export function identifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return encoded(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(inSevens)]))
}

/** Seven bits a byte, the highest first; all but the last have the eighth set. */
function inSevens(value: number): readonly number[] {
  const bytes = [value & 127]
  for (let left = value >> 7; left > 0; left >>= 7) bytes.unshift((left & 127) | 128)
  return bytes
}
