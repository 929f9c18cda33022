-- Who reports no longer; it stands in front of the scripts that count reporters. The twin of reporters.ts.
--
-- KEYS  2 reporters i: of each instance the last sequence number and the second it came in

-- Whether it is time to forget what has gone out of use.
local function isTidyingAt(sequence)
  return sequence % 256 == 0
end

-- All but `instance` that have been silent for a whole window.
local function silentFor(windowMs, instance)
  local longest, second = math.ceil(windowMs / 1000) + 1, floor(now / 1000)
  local all, silent = call('HGETALL', KEYS[2]), {}
  for each = 1, #all, 2 do
    local heard = whole(all[each + 1]:match('^%d+,(%d+)$'))
    if all[each] ~= instance and math.abs(second - heard) > longest then table.insert(silent, all[each]) end
  end
  return silent
end
