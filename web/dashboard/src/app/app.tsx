import { SignIn } from '../features/login/sign-in.tsx'
import { Logo } from '../shared/logo.tsx'
import { useSession } from './session.ts'
import { SignedIn } from './signed-in.tsx'

/** Signed in: the pages. Otherwise what has to happen first. */
export function App() {
  const { session, signIn, signOut, ended } = useSession()
  switch (session.status) {
    case 'signed-in':
      return <SignedIn key={session.me.user.id} me={session.me} onSignOut={signOut} onEnded={ended} />
    case 'signed-out':
      return <SignIn onSignIn={signIn} notice={session.notice} demo={session.demo} />
    case 'unreachable':
      return (
        <Splash>
          <p className="text-muted">{session.error.message}.</p>
          <button
            type="button"
            onClick={session.retry}
            className="font-medium text-accent underline underline-offset-4"
          >
            Try again
          </button>
        </Splash>
      )
    case 'unknown':
      return <Splash />
  }
}

function Splash({ children }: { readonly children?: React.ReactNode }) {
  return (
    <main className="grid min-h-dvh place-items-center">
      <div className="grid justify-items-center gap-4">
        <Logo />
        {children}
      </div>
    </main>
  )
}
