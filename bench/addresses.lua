-- Asks each time for an address of its own. Argument: a seed.
local threads = 0

function setup(thread)
  threads = threads + 1
  thread:set("number", threads)
end

function init(args)
  local sign = string.find(wrk.path, "?", 1, true) and "&" or "?"
  address = wrk.path .. sign .. "n=" .. args[1] .. "-" .. number .. "-"
  asked = 0
end

function request()
  asked = asked + 1
  return wrk.format(nil, address .. asked)
end
