-- How a circuit is read; it stands in front of the scripts on circuits. The twin of breaker-record.ts.
--
-- KEYS  1 circuit c

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
