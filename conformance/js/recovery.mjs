// A stock client that says what happens to its session and ends with the event "end".
import { versions, transports } from "./clients.mjs"

const { URL, TRANSPORT } = process.env
const socket = versions.newest(URL, { transports: transports[TRANSPORT], reconnectionDelay: 10, reconnectionDelayMax: 50, timeout: 5000 })
socket.on("connect", () => console.log(`connected ${socket.id} ${socket.recovered}`))
socket.on("disconnect", () => console.log("disconnected"))
socket.on("n", (n) => console.log(`n ${n}`))
socket.on("end", () => {
  console.log("end")
  socket.disconnect()
})
