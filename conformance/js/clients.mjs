// The stock clients under test and the ways they may connect.
import { io as newest } from "socket.io-client"
import { io as oldest } from "socket.io-client-4-0"
import msgpack from "socket.io-msgpack-parser"

export const versions = { newest, "4.0": oldest }

// The options that choose a parser, which has to be the server's.
export const parsers = { json: {}, msgpack: { parser: msgpack } }

export const transports = {
  websocket: ["websocket"],
  polling: ["polling"],
  upgrade: ["polling", "websocket"],
}

// opener makes sockets, each of a connection of its own, and closes them all in the end.
export function opener(io, url, way, defaults = {}) {
  const open = []
  const keep = (socket) => (open.push(socket), socket)

  function join(options = {}, namespace = "/") {
    return keep(io(url + namespace, {
      transports: transports[way],
      forceNew: true,
      reconnectionDelay: 20,
      reconnectionDelayMax: 50,
      ...defaults,
      ...options,
    }))
  }

  // joined is join once it is connected, and upgraded where that was asked for.
  async function joined(options, namespace) {
    const socket = join(options, namespace)
    await once(socket, "connect")
    if (way === "upgrade" && socket.io.engine.transport.name !== "websocket") {
      await once(socket.io.engine, "upgrade")
    }
    return socket
  }

  // aWhile takes several times as long as the wait before a reconnection, by
  // the clock of the server.
  async function aWhile() {
    const other = await joined()
    for (let i = 0; i < 20; i++) await call(other, "later", 10)
  }

  function closeAll() {
    for (const socket of open.splice(0)) socket.disconnect()
  }

  return { join, joined, keep, aWhile, closeAll }
}

// once resolves with the arguments of an event's next occurrence.
export function once(emitter, event, ms = 8000) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      emitter.off(event, heard)
      reject(new Error(`no ${event} within ${ms} ms`))
    }, ms)
    const heard = (...args) => {
      clearTimeout(timer)
      emitter.off(event, heard)
      resolve(args)
    }
    emitter.on(event, heard)
  })
}

// call emits and resolves with the arguments of the acknowledgement; clients
// before 4.6 have no emitWithAck.
export function call(socket, event, ...args) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no ack of ${event}`)), 8000)
    socket.emit(event, ...args, (...answer) => {
      clearTimeout(timer)
      resolve(answer)
    })
  })
}

// collect resolves with the first argument of the next n occurrences of an event.
export function collect(socket, event, n) {
  return new Promise((resolve, reject) => {
    const got = []
    const timer = setTimeout(() => reject(new Error(`${got.length} of ${n} ${event}`)), 10000)
    socket.on(event, function heard(value) {
      got.push(value)
      if (got.length === n) {
        clearTimeout(timer)
        socket.off(event, heard)
        resolve(got)
      }
    })
  })
}

// attempts counts how often a socket's connection is tried again from now on.
export function attempts(socket) {
  let n = 0
  socket.io.on("reconnect_attempt", () => n++)
  return () => n
}
