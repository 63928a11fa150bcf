-- Posts visitor keys. Arguments: a seed, then "distinct" or the one key that every request carries.
local threads = 0

function setup(thread)
  threads = threads + 1
  thread:set("number", threads)
end

function init(args)
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "text/plain"
  if args[2] == "distinct" then
    -- Each thread has a sequence of its own.
    math.randomseed(tonumber(args[1]) * 16 + number)
    local mark = string.rep("0", 32)
    wrk.body = mark
    local whole = wrk.format()
    local first, last = string.find(whole, mark, 1, true)
    before, after = string.sub(whole, 1, first - 1), string.sub(whole, last + 1)
  else
    wrk.body = args[2]
    fixed = wrk.format()
  end
end

function request()
  if fixed then
    return fixed
  end
  local r = math.random
  local top = 4294967295
  return before .. string.format("%08x%08x%08x%08x", r(0, top), r(0, top), r(0, top), r(0, top)) .. after
end
