/** Thrown when a message from the server does not have the shape that the contract promises. */
export class WireError extends Error {
  override readonly name = 'WireError'

  constructor(path: string, expected: string, got: unknown) {
    super(`${path}: expected ${expected}, got ${got === null ? 'null' : typeof got}`)
  }
}

/** Turns what came from outside into a value of ours, or throws a WireError that names the place. */
export type Parser<T> = (raw: unknown, path: string) => T

type Parsed<P> = P extends Parser<infer T> ? T : never
type Shape = Readonly<Record<string, Parser<unknown>>>
type OptionalKeys<S extends Shape> = {
  [K in keyof S]: undefined extends Parsed<S[K]> ? K : never
}[keyof S]

/** The type that `object(shape)` yields: fields whose parser is `optional` may be missing. */
export type ObjectOf<S extends Shape> = {
  readonly [K in Exclude<keyof S, OptionalKeys<S>>]: Parsed<S[K]>
} & {
  readonly [K in OptionalKeys<S>]?: Exclude<Parsed<S[K]>, undefined>
}

const isRecord = (raw: unknown): raw is Record<string, unknown> =>
  typeof raw === 'object' && raw !== null && !Array.isArray(raw)

/** A string, under any nominal name. */
export function text<T extends string = string>(raw: unknown, path: string): T {
  if (typeof raw !== 'string') throw new WireError(path, 'a string', raw)
  return raw as T
}

/** A finite number, under any nominal name. */
export function number<T extends number = number>(raw: unknown, path: string): T {
  if (typeof raw !== 'number' || !Number.isFinite(raw)) throw new WireError(path, 'a number', raw)
  return raw as T
}

export function flag(raw: unknown, path: string): boolean {
  if (typeof raw !== 'boolean') throw new WireError(path, 'true or false', raw)
  return raw
}

/** Missing or null becomes undefined. */
export function optional<T>(parse: Parser<T>): Parser<T | undefined> {
  return (raw, path) => (raw === undefined || raw === null ? undefined : parse(raw, path))
}

/** One of a closed list of words. */
export function word<const W extends string>(...words: readonly W[]): Parser<W> {
  return (raw, path) => {
    const found = words.find((candidate) => candidate === raw)
    if (found === undefined) throw new WireError(path, `one of ${words.join(', ')}`, raw)
    return found
  }
}

export function list<T>(parse: Parser<T>): Parser<readonly T[]> {
  return (raw, path) => {
    if (!Array.isArray(raw)) throw new WireError(path, 'an array', raw)
    return raw.map((item, index) => parse(item, `${path}[${index}]`))
  }
}

/** An object with at least these fields; others are left out, so that a newer server does no harm. */
export function object<S extends Shape>(shape: S): Parser<ObjectOf<S>> {
  const fields = Object.entries(shape)
  return (raw, path) => {
    if (!isRecord(raw)) throw new WireError(path, 'an object', raw)
    const result: Record<string, unknown> = {}
    for (const [key, parse] of fields) {
      const value = parse(raw[key], `${path}.${key}`)
      if (value !== undefined) result[key] = value
    }
    return result as ObjectOf<S>
  }
}
