package httpapi

import (
	"net/http"

	"tradewind/internal/trading"
)

// Routes lists the routes of the API as "METHOD path".
func Routes() []string {
	var all []string
	for _, rt := range (&api{}).routes() {
		all = append(all, rt.method+" "+rt.path)
	}
	return all
}

// ParseOrder is the decoder of POST /api/orders.
func ParseOrder(body []byte, header http.Header) (trading.OrderRequest, error) {
	return parseOrder(body, header)
}

// ProblemStatus is the status that a failure of a handler is answered with.
func ProblemStatus(err error) int {
	p, _ := asProblem(err)
	return p.Status
}
