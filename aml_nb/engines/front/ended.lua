-- Marks down the server that ended a request's connection without an answer, before the next request is given to it.
-- A fetch, though nothing is fetched: HAProxy before 2.8 lets no other Lua run after a response of its own making.
core.register_fetches("ended", function(txn)
    local backend = core.backends[txn.f:be_name()]
    local server = backend and backend.servers[txn.f:srv_name()]
    if server then
        server:check_force_down()
    end
    return "1"
end)
