-- For wrk: POSTs the lines of a file in turn as JSON, and prints what came as one line of JSON.
--     wrk --threads 1 --script load.lua URL -- PATH FILE
local threads, requests, at = {}, {}, 0

function setup(thread)
    table.insert(threads, thread)
end

function init(args)
    good, refused, other = 0, 0, 0
    for body in io.lines(args[2]) do
        requests[#requests + 1] = wrk.format("POST", args[1], { ["Content-Type"] = "application/json" }, body)
    end
end

function request()
    at = at % #requests + 1
    return requests[at]
end

function response(status)
    if status == 200 then good = good + 1 elseif status == 429 then refused = refused + 1 else other = other + 1 end
end

function done(summary, latency)
    local first = threads[1]
    local failed = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
    print(string.format('{"seconds": %f, "good": %d, "refused": %d, "other": %d, "failed": %d, "p50_ms": %f, "p99_ms": %f}',
        summary.duration / 1e6, first:get("good"), first:get("refused"), first:get("other"), failed,
        latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
