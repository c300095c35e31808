import { ApiError } from '@tradewind/react'
import { useId, useState, type FormEvent } from 'react'
import { Logo } from '../../shared/logo.tsx'

export interface SignInProps {
  /** Rejects with ApiError. */
  readonly onSignIn: (username: string, password: string) => Promise<void>
  /** Why the user is here again, if so. */
  readonly notice?: string | undefined
  /** The server runs in demo mode: anybody may come in as demo. */
  readonly demo?: boolean | undefined
}

export function SignIn({ onSignIn, notice, demo }: SignInProps) {
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<string>()
  const nameId = useId()
  const passwordId = useId()

  const enter = async (username: string, password: string) => {
    if (busy) return
    setBusy(true)
    setError(undefined)
    try {
      await onSignIn(username, password)
    } catch (failure) {
      setError(failure instanceof ApiError ? failure.message : 'That did not work. Try again.')
      setBusy(false)
    }
  }

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    void enter(String(form.get('username') ?? '').trim(), String(form.get('password') ?? ''))
  }

  return (
    <main className="grid min-h-dvh place-items-center px-5 py-10">
      <div className="w-full max-w-92">
        <Logo />
        <h1 className="mt-8 text-hero font-semibold tracking-tight">Welcome to the desk.</h1>
        <p className="mt-3 text-muted">Your portfolio, quotes and trades, as they happen.</p>
        {notice && (
          <p role="status" className="mt-6 rounded-lg bg-paper-wash px-4 py-3 text-small text-paper">
            {notice}
          </p>
        )}
        <form onSubmit={submit} className="mt-8 grid gap-4">
          <div className="grid gap-1.5">
            <label htmlFor={nameId} className="text-small text-muted">
              User name
            </label>
            <input id={nameId} name="username" className="field" autoComplete="username" autoFocus required />
          </div>
          <div className="grid gap-1.5">
            <label htmlFor={passwordId} className="text-small text-muted">
              Password
            </label>
            <input
              id={passwordId}
              name="password"
              type="password"
              className="field"
              autoComplete="current-password"
              required
            />
          </div>
          {error && (
            <p role="alert" className="text-small text-down">
              {error}
            </p>
          )}
          <button
            type="submit"
            disabled={busy}
            className="mt-1 h-11 rounded-lg bg-accent font-semibold text-on-accent transition-opacity hover:opacity-90 disabled:opacity-60"
          >
            {busy ? 'Signing in…' : 'Sign in'}
          </button>
        </form>
        {demo && (
          <p className="mt-6 text-small text-muted">
            This server is in demo mode:{' '}
            <button
              type="button"
              onClick={() => void enter('demo', 'demo')}
              className="font-medium text-accent underline underline-offset-4"
            >
              enter as demo
            </button>{' '}
            (user <code>demo</code>, password <code>demo</code>).
          </p>
        )}
      </div>
    </main>
  )
}
