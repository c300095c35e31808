import {
  browserEnvironment,
  createTradewind,
  TradewindProvider,
  useConnection,
  type Me,
} from '@tradewind/react'
import { useEffect, useState } from 'react'
import { TradeToasts } from '../features/notifications/trade-toasts.tsx'
import { serverUrl } from '../shared/config.ts'
import { DeskApi } from '../shared/desk-api.ts'
import { useSettings } from '../shared/settings.ts'
import { setTheme } from '../shared/theme.ts'
import { DeskApiProvider } from '../shared/use-desk-api.tsx'
import { credentials } from './credentials.ts'
import { Pages } from './pages.tsx'

export interface SignedInProps {
  readonly me: Me
  readonly onSignOut: () => Promise<void>
  readonly onEnded: (reason: string) => void
}

/** Everything that a signed-in user sees. One client per user: a new one is made by a new key. */
export function SignedIn({ me, onSignOut, onEnded }: SignedInProps) {
  const [client] = useState(() => {
    const url = serverUrl()
    return createTradewind({
      ...(url === undefined ? {} : { url }),
      credentials,
      environment: browserEnvironment(),
      storage: window.sessionStorage,
      onProtocolError: (error) => console.warn('message not understood', error),
    })
  })
  const [deskApi] = useState(() => new DeskApi({ url: serverUrl(), credentials }))
  useEffect(() => {
    const expired = () => onEnded('expired')
    const releases = [client.api.onUnauthorized(expired), deskApi.onUnauthorized(expired)]
    return () => {
      for (const release of releases) release()
    }
  }, [client, deskApi, onEnded])
  return (
    <TradewindProvider client={client}>
      <DeskApiProvider value={deskApi}>
        <EndOfSession onEnded={onEnded} />
        <ChosenTheme />
        <TradeToasts />
        <Pages me={me} onSignOut={onSignOut} />
      </DeskApiProvider>
    </TradewindProvider>
  )
}

/** Leaves the desk when the server does not know the session any more. */
function EndOfSession({ onEnded }: Pick<SignedInProps, 'onEnded'>) {
  const state = useConnection()
  const over =
    state.status === 'ended'
      ? state.reason
      : state.status === 'refused' && (state.code === 'invalid_session' || state.code === 'auth_required')
        ? 'expired'
        : undefined
  useEffect(() => {
    if (over !== undefined) onEnded(over)
  }, [over, onEnded])
  return null
}

/** The colours that the user chose, on whichever device. */
function ChosenTheme() {
  const { settings, ready } = useSettings()
  useEffect(() => {
    if (ready) setTheme(settings.theme)
  }, [ready, settings.theme])
  return null
}
