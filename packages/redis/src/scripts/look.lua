-- Reads a circuit and what operators say of it; changes nothing. The twin of look.ts.
--
-- KEYS     1 circuit c
-- ARGV     1 override o: not among the keys, since a server takes a script to write to all of those, and applications
--          may only read this one. It has the hash tag of the circuit.
-- returns  epoch, status, remaining time, openings, override's epoch, state, remaining time, by whom, why

local circuit = read()
local override = overrideAt(ARGV[1])
return {
  circuit.epoch, circuit.status, remainingMs(circuit), circuit.openings,
  override.epoch, override.state, overrideRemainingMs(override), override.by, override.why,
}
