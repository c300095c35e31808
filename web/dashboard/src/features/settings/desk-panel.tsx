import { Panel } from '../../shared/panel.tsx'
import { Segmented } from '../../shared/segmented.tsx'
import { useSettings } from '../../shared/settings.ts'
import { Switch } from '../../shared/switch.tsx'
import { setTheme, type Theme } from '../../shared/theme.ts'

const themes: readonly { readonly value: Theme; readonly label: string }[] = [
  { value: 'system', label: 'As the device' },
  { value: 'dark', label: 'Dark' },
  { value: 'light', label: 'Light' },
]

/** Colours, and how careful the order ticket is. */
export function DeskPanel() {
  const { settings, ready, change } = useSettings()
  return (
    <Panel title="Desk">
      <div className="grid gap-5 px-5 pb-5">
        <div className="grid gap-1.5">
          <p aria-hidden="true" className="text-small text-muted">
            Colours
          </p>
          <Segmented
            legend="Colours"
            value={settings.theme}
            options={themes}
            onChange={(theme) => {
              setTheme(theme)
              change({ theme })
            }}
          />
        </div>
        <Switch
          label="Review orders"
          hint="Show an order once more before it is sent."
          checked={settings.review}
          disabled={!ready}
          onChange={(review) => change({ review })}
        />
      </div>
    </Panel>
  )
}
