package httpapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
)

const maxSettingsBody = 16 << 10

// settings answers with the object that the user's client keeps here.
func (a *api) settings(w http.ResponseWriter, c *call) error {
	settings, err := a.Profiles.Settings(c.Context(), c.user.ID)
	if err != nil {
		return fmt.Errorf("read settings: %w", err)
	}
	if len(settings) == 0 {
		settings = json.RawMessage("{}")
	}
	return writeJSON(w, http.StatusOK, settings)
}

// setSettings replaces it. The server takes no interest in what is inside.
func (a *api) setSettings(w http.ResponseWriter, c *call) error {
	body, err := readBody(w, c.Request, maxSettingsBody)
	if err != nil {
		return err
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, body); err != nil {
		return notJSON(err)
	}
	settings := json.RawMessage(compact.Bytes())
	if settings[0] != '{' {
		return newProblem(http.StatusBadRequest, codeInvalidRequest, "The settings must be a JSON object.")
	}
	if err := a.Profiles.SetSettings(c.Context(), c.user.ID, settings); err != nil {
		return fmt.Errorf("save settings: %w", err)
	}
	return writeJSON(w, http.StatusOK, settings)
}
