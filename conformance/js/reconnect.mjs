// A stock client that says what happens to its connection and ends when it was
// connected twice.
import { io } from "socket.io-client"

const { URL, SESSION } = process.env
const socket = io(URL, { auth: { sessionID: SESSION }, transports: ["websocket"], reconnectionDelay: 100, reconnectionDelayMax: 500 })
let connects = 0
socket.on("connect", () => {
  console.log("connected")
  if (++connects === 2) socket.disconnect()
})
socket.on("disconnect", (reason) => connects < 2 && console.log(`disconnected: ${reason}`))
