-- How a circuit is read; it stands in front of the scripts on circuits. The twin of breaker-record.ts.
--
-- KEYS  1 circuit c
--
-- Fields of c, of which one that is missing reads as 0: e epoch, st status, un open until, od how long it was meant to be
-- open, k openings in a row, at when the epoch began, rb reporters of the epoch before; pv and pt version and text of the
-- policy that binds; of a half-open epoch's probes ps succeeded, pf failed, pl lost, pg granted, pn numbered, pr returned; bm
-- width of a bucket, b the newest bucket, S and F sums of the window, s0 to s9 and f0 to f9 its successes and failures.

-- The circuit, and the values of the fields named besides, which begin with the ninth.
local function read(...)
  local found = call('HMGET', KEYS[1], 'e', 'st', 'un', 'od', 'k', 'pv', 'at', 'rb', ...)
  local circuit = {
    epoch = whole(found[1]),
    status = whole(found[2]),
    ends = whole(found[3]),
    openMs = whole(found[4]),
    openings = whole(found[5]),
    version = whole(found[6]),
    since = whole(found[7]),
    reportersBefore = whole(found[8]),
  }
  if circuit.status > halfOpen then circuit.status = closed end
  -- No opening remains longer than it was meant to last.
  local longest = min(circuit.openMs, dayMs)
  if circuit.status == open and circuit.ends - now > longest then
    circuit.ends = now + longest
    circuit.clamped = true
  end
  return circuit, found
end
