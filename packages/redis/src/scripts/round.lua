-- How the probes of one half-open epoch end, of a circuit or of an endpoint; it stands in front of the scripts that grant
-- them. The twin of settle in probe.ts. The leases are those of the running probes, and when each ends.

-- The codes of how a probe has ended; any other is a probe of which nobody knows.
local succeeded, failed, returned = 0, 1, 3

local function count(round, result, policy)
  if result == succeeded then
    round.succeeded = round.succeeded + 1
  elseif result == failed then
    round.failed = round.failed + 1
  elseif result == returned and round.returned < policy.probes then
    round.returned, round.granted = round.returned + 1, round.granted - 1
  else
    round.failed, round.lost = round.failed + 1, round.lost + 1
  end
end

-- No lease ends later than one that began now: the clock has stepped back. Those that are cut are put among `cut`.
local function shorten(leases, policy, cut)
  local latest = now + policy.probeLeaseMs
  for token, ends in pairs(leases) do
    if ends > latest then
      leases[token], cut[token] = latest, latest
    end
  end
end

-- Counts as lost the probes whose lease has ended, and those that are neither settled nor leased: their key was lost, and
-- nobody else would ever give them up. Returns how many.
local function giveUp(round, leases, withoutLease)
  local running = 0
  for _ in pairs(leases) do
    running = running + 1
  end
  local expired = max(0, round.granted - round.succeeded - round.failed - running)
  for token, ends in pairs(leases) do
    if ends <= now then
      withoutLease(token)
      expired = expired + 1
    end
  end
  round.failed, round.lost = round.failed + expired, round.lost + expired
  return expired
end
