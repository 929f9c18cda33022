import { finished, Readable } from 'node:stream'

/** Streams of the web that nobody has any more never end. */
const forgotten = new FinalizationRegistry<() => void>((ended) => ended())

/**
 * Calls `ended` once nothing more comes of `body`, however it ends and whoever reads it: at once where it is no stream of
 * Node's or of the web. It reads nothing itself, and takes no error from whoever should hear it. `ended` must not hold the
 * body.
 */
export function whenBodyEnds(body: unknown, ended: () => void): void {
  if (body instanceof ReadableStream) whenWebStreamEnds(body, ended)
  else if (body instanceof Readable && !body.closed) body.once('close', ended)
  else ended()
}

function whenWebStreamEnds(body: ReadableStream, ended: () => void): void {
  forgotten.register(body, ended, ended)
  // Its types know of Node's own streams alone.
  finished(body as unknown as NodeJS.ReadableStream, () => {
    forgotten.unregister(ended)
    ended()
  })
}
