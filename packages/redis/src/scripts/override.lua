-- How an override is read; it stands in front of the scripts on overrides. The twin of livingOverride in
-- override-record.ts.

-- What an operator has said, in the key of that name. It ends by time, whether or not anybody takes it away.
local function overrideAt(key)
  local found = call('HMGET', key, 'oe', 'ov', 'ou', 'od', 'by', 'why', 'rq')
  local override = {
    epoch = whole(found[1]),
    state = whole(found[2]),
    ends = whole(found[3]),
    forMs = min(whole(found[4]), dayMs),
    by = found[5] or '',
    why = found[6] or '',
    request = found[7] or '',
  }
  if now >= override.ends or override.state > 3 then override.state = 0 end
  if override.state == 0 then override.by, override.why = '', '' end
  return override
end

local function overrideRemainingMs(override)
  return override.state == 0 and 0 or min(override.forMs, override.ends - now)
end
