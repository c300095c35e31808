// What unmodified clients of Engine.IO 3 do against a server that allows them:
// every case for every transport. SERVER_URL names that server.
import assert from "node:assert/strict"
import { afterEach, describe, test } from "node:test"
import io from "socket.io-client-2-5"
import { call, collect, once, opener, transports } from "./clients.mjs"

const url = process.env.SERVER_URL
assert.ok(url, "SERVER_URL is not set")

for (const way of Object.keys(transports)) {
  describe(`socket.io-client 2.5, ${way}`, () => cases(way))
}

function cases(way) {
  const { join, joined, keep, aWhile, closeAll } = opener(io, url, way)
  afterEach(closeAll)

  // attempts counts how often the socket's connection was tried again.
  function attempts(socket) {
    let n = 0
    socket.io.on("reconnect_attempt", () => n++)
    return () => n
  }

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

  test("gets its events back, in order and letter by letter", async () => {
    const socket = await joined()
    const sent = ["", "plain", "zażółć gęślą jaźń", "日本語 🎈", "\u0000\u001e\u2028<&>", "1:2:", "\"\\/\b\f\n\r\t"]
    const back = collect(socket, "message-back", sent.length)
    for (const text of sent) socket.emit("message", text)
    assert.deepEqual(await back, sent)
  })

  test("gets every kind of argument back", async () => {
    const socket = await joined()
    const args = [1, -2.5, "3", [true, null], { deep: { er: [[]] } }, null]
    const back = once(socket, "message-back")
    socket.emit("message", ...args)
    assert.deepEqual(await back, args)
  })

  test("gets acks, with any number of arguments", async () => {
    const socket = await joined()
    assert.deepEqual(await call(socket, "message-with-ack"), [])
    assert.deepEqual(await call(socket, "message-with-ack", 1, { a: "ü" }), [1, { a: "ü" }])
    const many = await Promise.all(Array.from({ length: 100 }, (_, i) => call(socket, "message-with-ack", i)))
    assert.deepEqual(many.flat(), Array.from({ length: 100 }, (_, i) => i))
  })

  test("answers the server's calls, with binary too", async () => {
    const socket = await joined()
    socket.on("question", (a, b, answer) => answer(a + b, Buffer.from([a, b])))
    assert.deepEqual(await call(socket, "ask-me", 2, 3), [5, Buffer.from([2, 3])])
  })

  test("exchanges binary, nested and mixed with text", async () => {
    const socket = await joined()
    const args = [Buffer.from([0, 1, 255]), { name: "x", parts: [Buffer.from("é"), Buffer.alloc(0)] }, "text"]
    const back = once(socket, "message-back")
    socket.emit("message", ...args)
    assert.deepEqual(await back, args)
    const large = Buffer.alloc(100_000, 7)
    const [first, second] = await call(socket, "message-with-ack", large, { also: large })
    assert.ok(large.equals(first))
    assert.ok(large.equals(second.also))
  })

  test("keeps binary and text apart when they are sent at once", async () => {
    const socket = await joined()
    const back = collect(socket, "message-back", 60)
    for (let i = 0; i < 60; i++) socket.emit("message", i % 2 ? Buffer.from([i]) : i)
    assert.deepEqual(await back, Array.from({ length: 60 }, (_, i) => (i % 2 ? Buffer.from([i]) : i)))
  })

  test("exchanges large events, and is cut off beyond the limit", async () => {
    const socket = await joined()
    const large = "ä".repeat(400_000) // 800,000 bytes of the 1,000,000 allowed
    const [back] = await call(socket, "message-with-ack", large)
    assert.ok(back === large)
    const ended = once(socket, "disconnect")
    socket.emit("message", "x".repeat(1_100_000))
    assert.match((await ended)[0], /^transport (close|error)$/)
  })

  test("sends and gets many packets at once", async () => {
    const socket = await joined()
    const got = collect(socket, "burst", 500)
    socket.emit("burst-me", 500)
    assert.deepEqual(await got, Array.from({ length: 500 }, (_, i) => i))
    const back = collect(socket, "message-back", 300)
    for (let i = 0; i < 300; i++) socket.emit("message", i)
    assert.deepEqual(await back, Array.from({ length: 300 }, (_, i) => i))
  })

  test("loses nothing that is sent while it connects and upgrades", async () => {
    const got = await collect(join({ query: { stream: "200" } }), "stream", 200)
    assert.deepEqual(got, Array.from({ length: 200 }, (_, i) => i))
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
