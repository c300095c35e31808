// What unmodified clients of Engine.IO 3 do against a server that allows them:
// every case for every transport. SERVER_URL names that server.
import assert from "node:assert/strict"
import { afterEach, describe, test } from "node:test"
import io from "socket.io-client-2-5"
import { exchange } from "./cases.mjs"
import { attempts, call, once, opener, transports } from "./clients.mjs"

const url = process.env.SERVER_URL
assert.ok(url, "SERVER_URL is not set")

for (const way of Object.keys(transports)) {
  describe(`socket.io-client 2.5, ${way}`, () => cases(way))
}

function cases(way) {
  const sockets = opener(io, url, way)
  const { join, joined, keep, aWhile, closeAll } = sockets
  afterEach(closeAll)
  exchange(sockets)

  test("connects, by this transport", async () => {
    const socket = await joined()
    assert.equal(socket.connected, true)
    assert.equal(socket.io.engine.transport.name, transports[way].at(-1))
  })

  test("gets events without asking for the namespace", async () => {
    assert.deepEqual(await once(join(), "auth"), [{}])
  })

  test("has the id that the server knows it by", async () => {
    const socket = await joined()
    assert.deepEqual(await call(socket, "who-am-i"), [socket.id])
    const custom = await joined({}, "/custom")
    assert.deepEqual(await call(custom, "who-am-i"), [custom.id])
  })

  test("joins a namespace, whose query is the auth", async () => {
    const socket = join({ query: { token: "a b&c=é" } }, "/custom")
    assert.deepEqual(await once(socket, "auth"), [{ token: "a b&c=é" }])
    assert.deepEqual(await call(socket, "message-with-ack", "c"), ["c"])
  })

  test("joins several namespaces on one connection", async () => {
    const root = await joined()
    const custom = keep(root.io.socket("/custom"))
    await once(custom, "connect")
    assert.deepEqual(await call(custom, "message-with-ack", "c", Buffer.from("c")), ["c", Buffer.from("c")])
    custom.disconnect()
    assert.deepEqual(await call(root, "message-with-ack", "r"), ["r"])
  })

  // The text, as servers of Socket.IO 2 told it; those of 4 tell {message} here, and
  // the text alone to clients that middleware refuses.
  test("is told of an unknown namespace with a text, and does not try again", async () => {
    const socket = join({}, "/random")
    const tried = attempts(socket)
    assert.deepEqual(await once(socket, "error"), ["Invalid namespace"])
    await aWhile()
    assert.equal(tried(), 0)
  })

  test("is refused by middleware with its message alone if there is no data", async () => {
    assert.deepEqual(await once(join({}, "/closed"), "error"), ["Closed to all"])
  })

  test("is refused by middleware with its data, and let in with a ticket", async () => {
    const socket = join({ query: { ticket: "old" } }, "/guarded")
    assert.deepEqual(await once(socket, "error"), [{ code: "no_ticket", retryAfterMs: 1500 }])
    await once(join({ query: { ticket: "valid" } }, "/guarded"), "connect")
  })

  test("stays away after the server's DISCONNECT", async () => {
    const socket = await joined({}, "/custom")
    const tried = attempts(socket)
    socket.emit("disconnect-me")
    assert.equal((await once(socket, "disconnect"))[0], "io server disconnect")
    await aWhile()
    assert.equal(tried(), 0)
  })

  test("comes back after the transport was closed", async () => {
    const socket = await joined()
    const before = socket.id
    const ended = once(socket, "disconnect")
    const back = once(socket, "reconnect")
    socket.emit("close-me")
    assert.match((await ended)[0], /^transport (close|error)$/)
    await back
    assert.deepEqual(await call(socket, "message-with-ack", "again"), ["again"])
    assert.notEqual(socket.id, before)
  })

  test("tells the server why it left", async () => {
    const observer = await joined({}, "/custom")
    const leaver = await joined({}, "/custom")
    const left = once(observer, `left ${leaver.id}`)
    leaver.disconnect()
    assert.match((await left)[0], /^(client namespace disconnect|transport close)$/)
  })

  test("pings, is answered and stays connected", async () => {
    const socket = await joined()
    const { id } = socket
    await new Promise((resolve, reject) => {
      let pongs = 0
      socket.io.engine.on("packet", ({ type }) => type === "pong" && ++pongs === 3 && resolve())
      socket.on("disconnect", reject)
    })
    assert.deepEqual(await call(socket, "message-with-ack", "alive"), ["alive"])
    assert.equal(socket.id, id)
  })
}
