-- What circuits and endpoints have in common; it stands in front of their scripts. The twin of status.ts.

-- The codes of a status, as they are stored and answered.
local closed, open, halfOpen = 0, 1, 2

-- How long what is open stays open yet.
local function remainingMs(standing)
  return standing.status == open and max(0, standing.ends - now) or 0
end
