// Package packet3 is package packet for revision 3 of Engine.IO, which has the
// same packets in other wrappings: a binary message starts with a byte of its
// type, and a payload gives the length of each packet in front of it, in one form
// for text and in another for text and binary together.
//
// Its functions are pure, keep nothing, and may be called concurrently. Decoded
// packets refer to the bytes they were decoded from, except what was base64.
package packet3
