/** A request as far as it has come. */
export interface ReadRequest {
  readonly method: string
  readonly path: string
  /** By their names in lower case; of those sent twice, the last. */
  readonly headers: Readonly<Record<string, string>>
  /** How much of its body has come. */
  bodyBytes: number
  /** Whether all of it has come. */
  whole: boolean
}

/** What has just become known. */
export type Progress = 'request line' | 'head' | 'request'

/** No client of a test sends more before its first empty line. */
const longestHead = 64 * 1024

/** Reads the requests of one connection, one after the other, as leniently as will do for clients that mean well. */
export class RequestReader {
  readonly #tell: (progress: Progress, request: ReadRequest | undefined) => void
  #text = ''
  #request: ReadRequest | undefined
  #saidLine = false

  constructor(tell: (progress: Progress, request: ReadRequest | undefined) => void) {
    this.#tell = tell
  }

  /** Bytes as `latin1` text, so that one character is one byte. */
  push(text: string): void {
    this.#text += text
    while (this.#text !== '' && this.#step()) {
      // Goes on with what is left.
    }
  }

  #step(): boolean {
    if (this.#request === undefined) return this.#readHead()
    return this.#readBody(this.#request)
  }

  #readHead(): boolean {
    if (!this.#saidLine && this.#text.includes('\r\n')) {
      this.#saidLine = true
      this.#tell('request line', undefined)
    }
    const end = this.#text.indexOf('\r\n\r\n')
    if (end < 0 && this.#text.length > longestHead) throw new Error('a head without an end')
    if (end < 0) return false
    this.#request = headFrom(this.#text.slice(0, end))
    this.#text = this.#text.slice(end + 4)
    this.#tell('head', this.#request)
    if (bodyOf(this.#request) === 0) this.#conclude(this.#request)
    return true
  }

  #readBody(request: ReadRequest): boolean {
    const length = bodyOf(request)
    const end = length === undefined ? chunksEnd(this.#text) : length - request.bodyBytes
    if (length === undefined && end < 0) return false
    const taken = Math.min(end, this.#text.length)
    request.bodyBytes += taken
    this.#text = this.#text.slice(taken)
    if (taken === end) this.#conclude(request)
    return true
  }

  #conclude(request: ReadRequest): void {
    request.whole = true
    this.#request = undefined
    this.#saidLine = false
    this.#tell('request', request)
  }
}

function headFrom(text: string): ReadRequest {
  const [line = '', ...fields] = text.split('\r\n')
  const [method = '', path = ''] = line.split(' ')
  const pairs = fields.map((field) => {
    const colon = field.indexOf(':')
    return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()] as const
  })
  return { method, path, headers: Object.fromEntries(pairs), bodyBytes: 0, whole: false }
}

/** The length of the body; undefined where it comes in chunks. */
function bodyOf({ headers }: ReadRequest): number | undefined {
  return headers['transfer-encoding'] === undefined ? Number(headers['content-length'] ?? 0) : undefined
}

/** Where the last chunk ends; −1 where it has not come. */
function chunksEnd(text: string): number {
  const end = text.startsWith('0\r\n\r\n') ? 0 : text.indexOf('\r\n0\r\n\r\n') + 2
  return end === 1 ? -1 : end + 5
}
