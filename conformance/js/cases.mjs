// Cases that clients of every version have in common: what they send arrives, and
// what they are sent.
import assert from "node:assert/strict"
import { test } from "node:test"
import { call, collect, once } from "./clients.mjs"

// exchange has the cases. join and joined are an opener's; largest is how many
// characters of two bytes a message may have on this way.
export function exchange({ join, joined }, largest = 400_000) { // 800,000 bytes of the 1,000,000 allowed
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

  test("answers the server's calls", async () => {
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

  test("exchanges large messages, and is cut off beyond the limit", async () => {
    const socket = await joined()
    const large = "ä".repeat(largest)
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
    const socket = join({ query: { stream: "200" } })
    const got = await collect(socket, "stream", 200)
    assert.deepEqual(got, Array.from({ length: 200 }, (_, i) => i))
  })
}
