import { useId } from 'react'
import { Panel } from '../../shared/panel.tsx'
import { useSettings } from '../../shared/settings.ts'
import { playSound, unlockSound, type Sound } from '../../shared/sound.ts'
import { Switch } from '../../shared/switch.tsx'

const samples: readonly { readonly sound: Sound; readonly label: string }[] = [
  { sound: 'buy', label: 'Bought' },
  { sound: 'sell', label: 'Sold' },
  { sound: 'refused', label: 'Refused' },
]

/** What is heard when something was traded or refused. */
export function SoundPanel() {
  const { settings, ready, change } = useSettings()
  const volumeId = useId()
  const percent = Math.round(settings.volume * 100)
  return (
    <Panel title="Sounds">
      <div className="grid gap-5 px-5 pb-5">
        <Switch
          label="Sound trades"
          hint="A tone when an order fills or is refused, beside the notice."
          checked={settings.sounds}
          disabled={!ready}
          onChange={(sounds) => change({ sounds })}
        />
        <div className="grid gap-1.5">
          <label htmlFor={volumeId} className="flex justify-between text-small text-muted">
            Volume <span>{percent}%</span>
          </label>
          <input
            id={volumeId}
            type="range"
            min={0}
            max={100}
            step={5}
            value={percent}
            disabled={!ready}
            onChange={(event) => change({ volume: Number(event.target.value) / 100 })}
            className="h-6 w-full accent-accent"
          />
        </div>
        <div className="flex flex-wrap gap-2">
          {samples.map(({ sound, label }) => (
            <button
              key={sound}
              type="button"
              className="button-quiet"
              aria-label={`Play: ${label}`}
              onClick={() => {
                unlockSound()
                playSound(sound, settings.volume)
              }}
            >
              ♪ {label}
            </button>
          ))}
        </div>
      </div>
    </Panel>
  )
}
