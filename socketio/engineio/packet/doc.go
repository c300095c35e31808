// Package packet turns Engine.IO 4 packets and polling payloads into bytes and
// back, as the Engine.IO protocol, revision 4, describes them.
//
// Its functions are pure, keep nothing, and may be called concurrently. Decoded
// packets refer to the bytes they were decoded from.
package packet
