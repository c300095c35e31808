/** What `auth` of the handshake carries. */
export type Credentials = { readonly sessionID: string } | { readonly token: string }

/** Where the app keeps its credentials. It may fetch newer ones; when it fails, the connect is tried again later. */
export type CredentialSource = () => Credentials | undefined | Promise<Credentials | undefined>

/** Asks the app before each connect and keeps the answer for the handshake. */
export class CredentialKeeper {
  readonly #source: CredentialSource | undefined
  #current: Credentials | undefined

  constructor(source?: CredentialSource) {
    this.#source = source
  }

  /** undefined: the login cookie speaks for the user. */
  get current(): Credentials | undefined {
    return this.#current
  }

  /** Asks again. The answer is a promise only when the app gave one, so that others need not wait. */
  refresh(): Promise<void> | undefined {
    const given = this.#source?.()
    if (given instanceof Promise) {
      return given.then((credentials) => {
        this.#current = credentials
      })
    }
    this.#current = given
    return undefined
  }
}
