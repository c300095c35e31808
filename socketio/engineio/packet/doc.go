// Package packet turns Engine.IO 4 packets and polling payloads into bytes and
// back, as the Engine.IO protocol, revision 4, describes them. What has a 3 in its
// name does so for revision 3, whose packets are the same in other wrappings.
//
// Its functions are pure, keep nothing, and may be called concurrently. Decoded
// packets refer to the bytes they were decoded from.
package packet
