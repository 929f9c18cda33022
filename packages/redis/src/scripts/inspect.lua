-- Reads a circuit, what operators say of it, and what they have said; changes nothing. The twin of inspect.ts.
--
-- ARGV     2 override o, 3 how many entries of the audit
-- returns  epoch, status, remaining time, openings, override's epoch, state, remaining time, by whom, why, entries

local circuit = read()
local override = overrideAt(ARGV[2])
local entries = {}
if tonumber(ARGV[3]) > 0 then
  for at, entry in ipairs(call('XREVRANGE', audit, '+', '-', 'COUNT', ARGV[3])) do
    entries[at] = entry[2]
  end
end
return {
  circuit.epoch, circuit.status, remainingMs(circuit), circuit.openings,
  override.epoch, override.state, overrideRemainingMs(override), override.by, override.why, entries,
}
