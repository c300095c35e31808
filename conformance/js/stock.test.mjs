// What unmodified clients do against the server: every case for every version
// and transport. SERVER_URL names the server that stock_test.go runs, PARSER the
// parser that it has, EXTENSIONS what its WebSockets agree to.
import assert from "node:assert/strict"
import { afterEach, describe, test } from "node:test"
import { exchange } from "./cases.mjs"
import { attempts, call, collect, once, opener, parsers, transports, versions } from "./clients.mjs"

const url = process.env.SERVER_URL
assert.ok(url, "SERVER_URL is not set")
const { PARSER = "json", EXTENSIONS = "" } = process.env
assert.ok(PARSER in parsers, `PARSER is ${PARSER}`)

for (const [version, io] of Object.entries(versions)) {
  for (const way of Object.keys(transports)) {
    describe(`socket.io-client ${version}, ${PARSER}, ${way}`, () => cases(io, way))
  }
}

function cases(io, way) {
  const sockets = opener(io, url, way, parsers[PARSER])
  const { join, joined, keep, aWhile, closeAll } = sockets
  afterEach(closeAll)
  // In base64, which polling needs for what is binary, a quarter of the room is lost.
  exchange(sockets, PARSER === "msgpack" && way === "polling" ? 300_000 : undefined)

  test("connects with an id that is not the session's", async () => {
    const socket = await joined()
    assert.equal(socket.id.length, 20)
    assert.notEqual(socket.id, socket.io.engine.id)
    const { transport } = socket.io.engine
    assert.equal(transport.name, transports[way].at(-1))
    if (transport.name === "websocket") assert.equal(transport.ws.extensions, EXTENSIONS)
  })

  test("sends auth, an empty object without", async () => {
    const withAuth = join({ auth: { token: "é\"\u2028" } })
    assert.deepEqual(await once(withAuth, "auth"), [{ token: "é\"\u2028" }])
    assert.deepEqual(await once(join(), "auth"), [{}])
  })

  test("joins several namespaces on one connection", async () => {
    const root = await joined()
    const custom = keep(root.io.socket("/custom"))
    await once(custom, "connect")
    assert.notEqual(custom.id, root.id)
    assert.deepEqual(await call(custom, "message-with-ack", "c"), ["c"])
    custom.disconnect()
    assert.deepEqual(await call(root, "message-with-ack", "r"), ["r"])
  })

  test("is told of an unknown namespace and does not try again", async () => {
    const socket = join({}, "/random")
    const tried = attempts(socket)
    const [error] = await once(socket, "connect_error")
    assert.equal(error.message, "Invalid namespace")
    await aWhile()
    assert.equal(tried(), 0)
  })

  test("is refused by middleware with message and data, and does not try again", async () => {
    const socket = join({ auth: { ticket: "old" } }, "/guarded")
    const tried = attempts(socket)
    const [error] = await once(socket, "connect_error")
    assert.equal(error.message, "No ticket")
    assert.deepEqual(error.data, { code: "no_ticket", retryAfterMs: 1500 })
    await aWhile()
    assert.equal(tried(), 0)
    const allowed = join({ auth: { ticket: "valid" } }, "/guarded")
    await once(allowed, "connect")
    const [plain] = await once(join({}, "/closed"), "connect_error")
    assert.equal(plain.message, "Closed to all")
    assert.equal(plain.data, undefined)
  })

  test("stays away after the server's DISCONNECT", async () => {
    const socket = await joined()
    const tried = attempts(socket)
    socket.emit("disconnect-me")
    assert.equal((await once(socket, "disconnect"))[0], "io server disconnect")
    await aWhile()
    assert.equal(tried(), 0)
    socket.connect() // by hand it may come back
    await once(socket, "connect")
  })

  test("comes back after the transport was closed", async () => {
    const socket = await joined()
    const before = socket.id
    const ended = once(socket, "disconnect")
    const back = once(socket, "connect")
    socket.emit("close-me")
    assert.match((await ended)[0], /^transport (close|error)$/)
    await back
    assert.notEqual(socket.id, before)
    assert.deepEqual(await call(socket, "message-with-ack", "again"), ["again"])
  })

  test("tells the server why it left", async () => {
    const observer = await joined()
    const leaver = await joined()
    const id = leaver.id
    const left = once(observer, `left ${id}`)
    leaver.disconnect()
    const [reason] = await left
    assert.equal(reason, "client namespace disconnect")
  })

  test("emits before the connect are sent after it", async () => {
    const socket = join()
    const back = collect(socket, "message-back", 3)
    for (let i = 0; i < 3; i++) socket.emit("message", i)
    assert.deepEqual(await back, [0, 1, 2])
  })

  test("answers heartbeats and stays connected", async () => {
    const socket = await joined()
    const id = socket.id
    await new Promise((resolve, reject) => {
      let pings = 0
      socket.io.engine.on("packet", ({ type }) => type === "ping" && ++pings === 3 && resolve())
      socket.on("disconnect", reject)
    })
    assert.deepEqual(await call(socket, "message-with-ack", "alive"), ["alive"])
    assert.equal(socket.id, id)
  })
}
