/** What a server answers; an error inside an array is an item of it. */
export type Reply = string | number | null | ReplyError | readonly Reply[]

/** An error that the server answered, its message as the server wrote it: `MOVED 7 127.0.0.1:30001`. */
export class ReplyError extends Error {
  override readonly name = 'ReplyError'
}

export function encoded(args: readonly (string | number)[]): string {
  const items = args.map(String).map((arg) => `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`)
  return `*${items.length}\r\n${items.join('')}`
}

export interface Parsed {
  readonly reply: Reply
  /** Where the next reply begins. */
  readonly end: number
}

/** The reply that begins at `start`, or undefined while a part of it is still missing. */
export function parsed(bytes: Buffer, start: number): Parsed | undefined {
  const lineEnd = bytes.indexOf('\r\n', start)
  if (lineEnd < 0) return undefined
  const line = bytes.toString('utf8', start + 1, lineEnd)
  const end = lineEnd + 2
  const type = String.fromCharCode(bytes[start] ?? 0)
  switch (type) {
    case '+':
      return { reply: line, end }
    case '-':
      return { reply: new ReplyError(line), end }
    case ':':
      return { reply: Number(line), end }
    case '$':
      return bulk(bytes, end, Number(line))
    case '*':
      return array(bytes, end, Number(line))
    default:
      throw new Error(`no reply begins with ${JSON.stringify(type)}`)
  }
}

function bulk(bytes: Buffer, start: number, length: number): Parsed | undefined {
  if (length < 0) return { reply: null, end: start }
  const end = start + length + 2
  return end > bytes.length ? undefined : { reply: bytes.toString('utf8', start, end - 2), end }
}

function array(bytes: Buffer, start: number, length: number): Parsed | undefined {
  if (length < 0) return { reply: null, end: start }
  const items: Reply[] = []
  let end = start
  while (items.length < length) {
    const item = parsed(bytes, end)
    if (item === undefined) return undefined
    items.push(item.reply)
    end = item.end
  }
  return { reply: items, end }
}

/** The items of a reply that must be an array. */
export function items(reply: Reply): readonly Reply[] {
  if (Array.isArray(reply)) return reply
  throw new Error(`an array was expected, and not ${String(reply)}`)
}

export function strings(reply: Reply): readonly string[] {
  return items(reply).map(String)
}

/** A reply that lists names and values in turn. */
export function pairs(reply: Reply): readonly (readonly [string, string])[] {
  const flat = strings(reply)
  return flat.flatMap((name, index) => (index % 2 === 0 ? [[name, flat[index + 1] ?? ''] as const] : []))
}
