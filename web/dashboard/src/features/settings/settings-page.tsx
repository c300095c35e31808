import { Page } from '../../shared/page.tsx'
import { useSettings } from '../../shared/settings.ts'
import { DeskPanel } from './desk-panel.tsx'
import { KeysPanel } from './keys-panel.tsx'
import { PasswordPanel } from './password-panel.tsx'
import { SessionsPanel } from './sessions-panel.tsx'
import { SoundPanel } from './sound-panel.tsx'

export interface SettingsPageProps {
  readonly name: string
  readonly onSignOut: () => Promise<void>
}

/** How the user likes the desk, and where they are signed in. */
export function SettingsPage({ name, onSignOut }: SettingsPageProps) {
  const { error } = useSettings()
  return (
    <Page title="Settings" aside={<p className="text-small text-muted">Signed in as {name}</p>}>
      {error && (
        <p role="alert" className="mb-4 rounded-lg bg-paper-wash px-4 py-3 text-small text-paper">
          {error.message}. What you change may not be kept.
        </p>
      )}
      <div className="grid items-start gap-4 sm:gap-5 md:grid-cols-2">
        <div className="grid gap-4 sm:gap-5">
          <DeskPanel />
          <SoundPanel />
          <KeysPanel />
        </div>
        <div className="grid gap-4 sm:gap-5">
          <SessionsPanel onSignOut={onSignOut} />
          <PasswordPanel />
        </div>
      </div>
    </Page>
  )
}
