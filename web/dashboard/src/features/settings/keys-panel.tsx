import { Panel } from '../../shared/panel.tsx'
import { useSettings } from '../../shared/settings.ts'
import { Switch } from '../../shared/switch.tsx'

const keys = [
  ['/', 'Search symbols'],
  ['b', 'Buy the symbol in the ticket'],
  ['s', 'Sell the symbol in the ticket'],
  ['Enter', 'Review an order, then send it'],
  ['Esc', 'Back from the review, close a list'],
  ['?', 'This list'],
] as const

/** What the keyboard does. No single key sends an order. */
export function KeysPanel() {
  const { settings, ready, change } = useSettings()
  return (
    <Panel title="Keyboard">
      <div className="px-5 pb-4">
        <Switch
          label="Single keys"
          hint="Off for those whose keyboard or voice presses keys by itself."
          checked={settings.keys}
          disabled={!ready}
          onChange={(on) => change({ keys: on })}
        />
      </div>
      <dl className="pb-2">
        {keys.map(([key, what]) => (
          <div key={key} className="flex items-center justify-between border-t border-line/60 px-5 py-2">
            <dt className="order-2">
              <kbd className="rounded border border-line bg-raised px-1.5 text-micro">{key}</kbd>
            </dt>
            <dd className="text-small">{what}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  )
}
