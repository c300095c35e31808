// Package packet turns Socket.IO 5 packets into bytes and back: events, acks,
// connects and their binary attachments, as the Socket.IO protocol, revision 5,
// describes them.
//
// Its functions are pure, keep nothing, and may be called concurrently. Decoded
// packets refer to the bytes they were decoded from.
package packet
