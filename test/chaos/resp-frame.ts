/** How many items follow each item of these types' count. */
const itemsPer: Readonly<Record<string, number>> = { '*': 1, '>': 1, '~': 1, '%': 2 }
const texts = '$!='

/** How long the frame is with which these bytes of RESP2 or RESP3 begin; undefined while that cannot be told. */
export function respFrame(bytes: Buffer): number | undefined {
  return endOf(bytes, 0)
}

function endOf(bytes: Buffer, start: number): number | undefined {
  const lineEnd = bytes.indexOf('\r\n', start)
  if (lineEnd < 0) return undefined
  const type = String.fromCharCode(bytes[start] ?? 0)
  const count = Number(bytes.toString('latin1', start + 1, lineEnd))
  let end = lineEnd + 2
  if (texts.includes(type)) return count < 0 ? end : end + count + 2
  for (let item = 0; item < count * (itemsPer[type] ?? 0); item++) {
    const next = endOf(bytes, end)
    // The rest of a text may still be on its way; then there is no telling where the next item begins.
    if (next === undefined || next > bytes.length) return undefined
    end = next
  }
  return end
}
