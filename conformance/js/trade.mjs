// A whole trade with nothing but socket.io-client: sign in, subscribe, place a
// market order over REST, and wait for the fill and the portfolio that has it.
// Prints {transport, fill, portfolio, milliseconds} and fails above 500 ms.
import { io as newest } from "socket.io-client"
import { io as oldest } from "socket.io-client-4-0"

const { URL = "http://localhost:5000", TRANSPORTS = "polling,websocket", CLIENT = "newest" } = process.env
const io = CLIENT === "4.0" ? oldest : newest

async function post(path, body, session) {
  const headers = { "Content-Type": "application/json", ...(session && { Authorization: `Bearer ${session}` }) }
  const response = await fetch(URL + path, { method: "POST", headers, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  return response.json()
}
const once = (emitter, event) => new Promise((resolve) => emitter.once(event, resolve))
const call = (event, ...args) => new Promise((resolve) => socket.emit(event, ...args, resolve))
setTimeout(() => { throw new Error("nothing more for 15 s") }, 15_000).unref()

const { sessionID } = await post("/api/login", { username: "demo", password: "demo" })
const socket = io(URL, { auth: { sessionID }, transports: TRANSPORTS.split(",") })
socket.on("connect_error", (error) => { throw error })
await once(socket, "connect")
if (TRANSPORTS === "polling,websocket" && socket.io.engine.transport.name === "polling") await once(socket.io.engine, "upgrade")

const snapshot = once(socket, "portfolio:update")
for (const [event, ...args] of [["subscribe:portfolio"], ["subscribe:trades"], ["subscribe:watchlist", ["AAPL", "MSFT"]]]) {
  const ack = await call(event, ...args)
  if (!ack.ok) throw new Error(`${event}: ${JSON.stringify(ack)}`)
}
await snapshot
const begin = performance.now()
const executed = once(socket, "trade:executed").then((fill) => ({ fill, after: performance.now() - begin }))
const changed = new Promise((resolve) => socket.on("portfolio:update", (p) => executed.then(({ fill }) => p.seq >= fill.seq && resolve(p))))
await post("/api/orders", { symbol: "AAPL", side: "buy", type: "market", quantity: 1, clientOrderId: `trade-${Date.now()}` }, sessionID)
const [{ fill, after }, portfolio] = await Promise.all([executed, changed])
const milliseconds = { fill: Math.round(after), portfolio: Math.round(performance.now() - begin) }
console.log(JSON.stringify({ transport: socket.io.engine.transport.name, fill, portfolio, milliseconds }))
socket.disconnect()
if (milliseconds.portfolio > 500) throw new Error(`took ${milliseconds.portfolio} ms`)
