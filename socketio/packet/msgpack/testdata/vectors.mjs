// Writes vectors.json: what the encoders of Node and of browsers make of values
// and packets. In an empty folder:
//
//   npm install socket.io-msgpack-parser@3.0.2 notepack.io@2.2.0 notepack3@npm:notepack.io@3.0.1
//   node path/to/vectors.mjs > path/to/vectors.json
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(join(process.cwd(), "x.js"));
const encoders = {
  notepack2: require("notepack.io").encode,
  browser2: require("notepack.io/browser/encode.js"),
  notepack3: require("notepack3").encode,
  browser3: require("notepack3/browser/encode.js"),
};
const { Encoder, Decoder } = require("socket.io-msgpack-parser");

const hex = (bytes) => Buffer.from(bytes).toString("hex");
const isBinary = (v) => v instanceof ArrayBuffer || ArrayBuffer.isView(v);
const holdsBuffer = (v) => Buffer.isBuffer(v) || (typeof v === "object" && v !== null && Object.values(v).some(holdsBuffer));

// The inner form of a value: JSON with placeholders, and the attachments.
function inner(value) {
  const attachments = [];
  const walk = (v) => {
    if (isBinary(v)) {
      attachments.push(hex(v.buffer && !Buffer.isBuffer(v) ? v.buffer : v));
      return { _placeholder: true, num: attachments.length - 1 };
    }
    if (Array.isArray(v)) return v.map(walk);
    if (typeof v === "object" && v !== null && typeof v.toJSON !== "function") {
      return Object.fromEntries(Object.entries(v).map(([k, e]) => [k, walk(e)]));
    }
    return v;
  };
  const json = JSON.stringify(walk(value)) ?? "null";
  return { json, attachments };
}

const long = (n) => "x".repeat(n);
const numbered = (n) => Array.from({ length: n }, (_, i) => i % 7);
const keyed = (n) => Object.fromEntries(numbered(n).map((v, i) => ["k" + i, v]));
const bytes = (n) => Buffer.from(numbered(n));

const values = {
  null: null,
  undefined: undefined,
  true: true,
  false: false,
  ...Object.fromEntries(
    [
      0, 1, 127, 128, 255, 256, 65535, 65536, 4294967295, 4294967296, 9007199254740991, 9007199254740992, 1e18, 1e19,
      -1, -32, -33, -128, -129, -32768, -32769, -2147483648, -2147483649, -9007199254740991, -1e18,
      0.5, -0.5, 101.25, 1e-7, 1.5e300, 5e-324, 0.1, 3.0,
    ].map((n) => ["number " + n, n]),
  ),
  NaN: NaN,
  Infinity: Infinity,
  "-Infinity": -Infinity,
  "empty string": "",
  "string of 31": long(31),
  "string of 32": long(32),
  "string of 255": long(255),
  "string of 256": long(256),
  "string with escapes": 'a"b\\c/d\n\r\t\b\f\u0000\u001f\u007f',
  "string beyond ASCII": "é€😀\u2028\u2029\ufeff<&>",
  "empty array": [],
  "array of 15": numbered(15),
  "array of 16": numbered(16),
  "empty map": {},
  "map of 15": keyed(15),
  "map of 16": keyed(16),
  "nested": { a: [{ b: [[], {}, [{}]] }, null, "x"], c: { d: { e: -1 } } },
  "undefined in an array": [1, undefined, 2],
  "undefined in a map": { a: undefined, b: 1, c: undefined },
  "toJSON": { at: { toJSON: () => ({ x: 1 }) } },
  ...Object.fromEntries(
    [0, 1, 1000, 1500, 1735689600000, 1735689600123, 4294967295000, 4294967296000, 17179869183000, 17179869184000, 253402300799999, 253402300800000, -1, -1000, -62135596800000, -62198755200000, 8.64e15, -8.64e15].map(
      (ms) => ["date " + ms, new Date(ms)],
    ),
  ),
  "date in a map": { at: new Date(1735689600123) },
  "empty buffer": Buffer.alloc(0),
  "buffer": Buffer.from([1, 2, 255]),
  "buffer of 255": bytes(255),
  "buffer of 256": bytes(256),
  "empty array buffer": new ArrayBuffer(0),
  "array buffer of 1": new Uint8Array([0]).buffer,
  "array buffer of 4": new Uint8Array([1, 2, 3, 4]).buffer,
  "array buffer of 8": new Uint8Array(8).buffer,
  "array buffer of 12": new Uint8Array(12).buffer,
  "array buffer of 255": new Uint8Array(255).buffer,
  "array buffer of 256": new Uint8Array(256).buffer,
  "typed array": new Uint8Array([9, 8, 7]),
  "binary in depth": { a: [Buffer.from("x"), { b: Buffer.from("yz") }], c: new Uint8Array([1]).buffer },
  "what looks like a placeholder": { _placeholder: true, num: 0 },
};

// What is too long to be kept, by the name of its builder in the test.
const large = { string: long, array: numbered, map: keyed, buffer: bytes };

const packets = {
  "client: connect": { type: 0, data: undefined, nsp: "/" },
  "client: connect with auth": { type: 0, data: { token: "abc" }, nsp: "/admin" },
  "client: disconnect": { type: 1, nsp: "/" },
  "client: event": { type: 2, data: ["subscribe:watchlist", ["AAPL", "MSFT"]], options: { compress: true }, nsp: "/" },
  "client: event with ack": { type: 2, data: ["clock"], options: { compress: true }, id: 12, nsp: "/" },
  "client: event with a number for a name": { type: 2, data: [5, "x"], options: { compress: true }, nsp: "/" },
  "client: event with a buffer": { type: 2, data: ["bin", Buffer.from([1, 2]), { b: Buffer.from([3]) }], options: { compress: true }, nsp: "/" },
  "client: event with an array buffer": { type: 2, data: ["bin", new Uint8Array([1, 2]).buffer], options: { compress: true }, nsp: "/" },
  "client: event with undefined": { type: 2, data: ["x", undefined], options: { compress: true }, nsp: "/" },
  "client: event with a date": { type: 2, data: ["at", new Date(1735689600123)], options: { compress: true }, nsp: "/" },
  "client: ack": { type: 3, id: 0, data: [{ ok: true }], nsp: "/" },
  "client: ack with a buffer": { type: 3, id: 300, data: [Buffer.from("ok")], nsp: "/" },
  "server: connect": { type: 0, data: { sid: "abcdefghijklmnopqrst" }, nsp: "/" },
  "server: disconnect": { type: 1, nsp: "/admin" },
  "server: event": { type: 2, data: ["quote:update", { symbol: "AAPL", price: 101.25, timestamp: 1735689600123 }], nsp: "/" },
  "server: event with ack": { type: 2, data: ["confirm", 1], id: 70000, nsp: "/" },
  "server: event with binary": { type: 2, data: ["chart", Buffer.from([1, 2, 3]), { more: Buffer.alloc(0) }], nsp: "/" },
  "server: connect error": { type: 4, data: { message: "Invalid namespace" }, nsp: "/random" },
};

// restore puts Buffers in the place of placeholders.
function restore(value, attachments) {
  if (attachments.length === 0 || typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((v) => restore(v, attachments));
  if (value._placeholder === true) return Buffer.from(attachments[value.num], "hex");
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, restore(v, attachments)]));
}

// plain is what notepack 2 makes of the inner form: no dates, undefined or array buffers.
const plain = ({ json, attachments }) => hex(encoders.notepack2(restore(JSON.parse(json), attachments)));

// accepted tells whether the real decoder takes a packet.
function accepted(encoded) {
  let ok = false;
  const decoder = new Decoder();
  decoder.on("decoded", () => (ok = true));
  decoder.add(encoded);
  return ok;
}

const out = { values: {}, large: [], packets: {} };
for (const [name, value] of Object.entries(values)) {
  const made = { plain: plain(inner(value)) };
  for (const [encoder, encode] of Object.entries(encoders)) {
    if (encoder.startsWith("browser") && holdsBuffer(value)) continue; // browsers have none
    if (encoder.startsWith("browser") && ArrayBuffer.isView(value)) continue; // sent as an object with numbers for keys
    made[encoder] = hex(encode(value));
  }
  out.values[name] = { ...inner(value), ...made };
}
for (const [kind, build] of Object.entries(large)) {
  for (const n of [65535, 65536]) {
    const encoded = encoders.notepack2(build(n));
    out.large.push({ kind, n, sha256: createHash("sha256").update(encoded).digest("hex") });
  }
}
for (const [name, packet] of Object.entries(packets)) {
  const [encoded] = new Encoder().encode(packet);
  if (!accepted(encoded)) throw new Error(name);
  const { json, attachments } = packet.data === undefined ? { json: "", attachments: [] } : inner(packet.data);
  out.packets[name] = { type: packet.type, nsp: packet.nsp, id: packet.id ?? -1, json, attachments, hex: hex(encoded) };
}
process.stdout.write(JSON.stringify(out, null, 1) + "\n");
