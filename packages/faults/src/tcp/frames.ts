/**
 * How long the frame is with which `bytes` begin; undefined as long as that cannot be told. A frame that is longer than
 * `bytes` has not come to its end yet.
 */
export type FrameLength = (bytes: Buffer) => number | undefined

const rememberedBytes = 2 ** 16
/** What keeping one frame costs beside its bytes. */
const frameWeight = 256
const longestFrameBytes = 2 ** 20

/** Follows a stream frame by frame, remembers the newest, and puts frames in again between two others. */
export class Frames {
  readonly #lengthOf: FrameLength
  /** Newest last. */
  readonly #recent: Buffer[] = []
  #recentWeight = 0
  /** What has come of the frame that is passing. */
  #begun: Buffer = Buffer.alloc(0)
  #waiting: Buffer[] = []
  #lost = false

  constructor(lengthOf: FrameLength) {
    this.#lengthOf = lengthOf
  }

  /** What to hand on for `chunk`: itself, and in it, where the first frame ends, what waited to be put in. */
  pass(chunk: Buffer): readonly Buffer[] {
    if (this.#lost) return [chunk]
    const end = this.#follow(chunk)
    if (end === undefined || this.#waiting.length === 0) return [chunk]
    const waiting = this.#waiting
    this.#waiting = []
    return [chunk.subarray(0, end), ...waiting, chunk.subarray(end)]
  }

  /** The newest frame that `matching` accepts, among those remembered. */
  find(matching: (frame: Buffer) => boolean): Buffer | undefined {
    return this.#recent.findLast(matching)
  }

  /** What to hand on now so that `frame` is put in; nothing while another frame is passing, behind which it waits. */
  putIn(frame: Buffer): readonly Buffer[] {
    if (this.#begun.length === 0) return [frame]
    this.#waiting.push(frame)
    return []
  }

  /** Remembers the frames that end in `chunk`; returns where in it the first of them ends. */
  #follow(chunk: Buffer): number | undefined {
    let rest = this.#begun.length === 0 ? chunk : Buffer.concat([this.#begun, chunk])
    const before = rest.length - chunk.length
    let firstEnd: number | undefined
    for (let length = this.#completeIn(rest); length !== undefined; length = this.#completeIn(rest)) {
      firstEnd ??= length - before
      this.#remember(rest.subarray(0, length))
      rest = rest.subarray(length)
    }
    this.#begun = rest
    if (rest.length > longestFrameBytes) this.#lose()
    return firstEnd
  }

  #completeIn(bytes: Buffer): number | undefined {
    const length = bytes.length === 0 ? undefined : this.#lengthOf(bytes)
    if (length === undefined || length > bytes.length) return undefined
    if (Number.isInteger(length) && length > 0) return length
    throw new RangeError(`tcpProxy: frameLength must return a positive integer or undefined, not ${length}`)
  }

  /** A copy: a view would keep the whole chunk. */
  #remember(frame: Buffer): void {
    this.#recent.push(Buffer.from(frame))
    this.#recentWeight += frame.length + frameWeight
    while (this.#recentWeight > rememberedBytes && this.#recent.length > 1) {
      this.#recentWeight -= (this.#recent.shift()?.length ?? 0) + frameWeight
    }
  }

  /** Whoever sends a frame this long does not speak the protocol that `lengthOf` reads. */
  #lose(): void {
    this.#lost = true
    this.#recent.length = 0
    this.#begun = Buffer.alloc(0)
    this.#waiting = []
  }
}
