package httpapi

import (
	"context"
	"net/http"
	"time"
)

// readyTimeout bounds all checks of /readyz together.
const readyTimeout = 2 * time.Second

// ReadyCheck is one thing that has to work before the node should get traffic.
// It is called with every /readyz and must be cheap.
type ReadyCheck struct {
	Name  string // such as store; shown to everybody
	Check func(ctx context.Context) error
}

// health says that the process answers.
func (a *api) health(w http.ResponseWriter, _ *call) error {
	return writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
}

// ready says whether traffic should come here. What exactly is wrong goes to the
// log only: anybody may ask.
func (a *api) ready(w http.ResponseWriter, c *call) error {
	ctx, cancel := context.WithTimeout(c.Context(), readyTimeout)
	defer cancel()
	var failed []inputError
	for _, check := range a.Ready {
		if err := check.Check(ctx); err != nil {
			a.options.Logger.Warn("not ready", "check", check.Name, "error", err)
			failed = append(failed, inputError{Detail: check.Name + " is not ready"})
		}
	}
	if len(failed) > 0 {
		p := newProblem(http.StatusServiceUnavailable, codeNotReady, "This node should get no traffic now.").retryAfter(defaultRetryAfter)
		p.Errors = failed
		return p
	}
	return writeJSON(w, http.StatusOK, map[string]string{"status": "ready"})
}
