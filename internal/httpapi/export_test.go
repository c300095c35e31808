package httpapi

import "time"

// Routes lists the routes of the API as "METHOD path".
func Routes() []string {
	var all []string
	for _, rt := range (&api{}).routes() {
		all = append(all, rt.method+" "+rt.path)
	}
	return all
}

var (
	ErrWrong          = errWrong
	ErrInvalidSession = errInvalidSession
)

var ErrBusy = errBusy

func Limited(d time.Duration) error { return &limited{d} }
