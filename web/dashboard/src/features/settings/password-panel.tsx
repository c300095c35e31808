import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { Panel } from '../../shared/panel.tsx'
import { TextField } from '../../shared/text-field.tsx'
import { useDeskApi } from '../../shared/use-desk-api.tsx'

/** What the server asks for at least. */
const MIN_LENGTH = 8

/** A new password. It ends all other sessions. */
export function PasswordPanel() {
  const api = useDeskApi()
  const cache = useQueryClient()
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState('')
  const save = useMutation({
    mutationFn: () => api.changePassword(current, next),
    onSuccess: async () => {
      setCurrent('')
      setNext('')
      await cache.invalidateQueries({ queryKey: ['sessions'] })
    },
  })
  const tooShort = next !== '' && [...next].length < MIN_LENGTH
  const ready = current !== '' && next !== '' && !tooShort && !save.isPending
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (ready) save.mutate()
  }
  return (
    <Panel title="Password">
      <form onSubmit={submit} className="grid gap-4 px-5 pb-5">
        <TextField
          type="password"
          label="Current password"
          autoComplete="current-password"
          value={current}
          onChange={setCurrent}
        />
        <TextField
          type="password"
          label="New password"
          autoComplete="new-password"
          value={next}
          error={tooShort ? `At least ${MIN_LENGTH} characters` : undefined}
          onChange={setNext}
        />
        {save.error && (
          <p role="alert" className="text-small text-down">
            {save.error.message}
          </p>
        )}
        {save.isSuccess && (
          <p role="status" className="text-small text-up">
            Changed. All other sessions were signed out.
          </p>
        )}
        <button type="submit" disabled={!ready} className="button-quiet justify-self-start">
          {save.isPending ? 'Changing…' : 'Change password'}
        </button>
      </form>
    </Panel>
  )
}
