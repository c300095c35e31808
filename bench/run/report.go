package main

import (
	"encoding/json"
	"fmt"
)

// report is what the table reads of the load generator's report. A figure that a
// scenario does not have is nil.
type report struct {
	Clients   int     `json:"clients"`
	Connected int     `json:"connected"`
	Failed    int     `json:"failed"`
	Seconds   float64 `json:"seconds"`

	DeliveriesPerSecond *float64       `json:"deliveriesPerSecond"`
	LatencyMs           *quantiles     `json:"latencyMs"`
	CompleteMs          *quantiles     `json:"completeMs"`
	Connects            *connects      `json:"connects"`
	Disconnects         map[string]int `json:"disconnects"`
	MessagesPerRead     *float64       `json:"messagesPerRead"`
	Trades              *trades        `json:"trades"`
	Server              *serverUse     `json:"server"`
}

type quantiles struct {
	P50  *float64 `json:"p50"`
	P99  *float64 `json:"p99"`
	P999 *float64 `json:"p999"`
	Max  *float64 `json:"max"`
}

type connects struct {
	PerSecond *float64   `json:"perSecond"`
	LatencyMs *quantiles `json:"latencyMs"`
}

type trades struct {
	Orders    *float64   `json:"orders"`
	LatencyMs *quantiles `json:"latencyMs"`
}

// serverUse is of the server's process.
type serverUse struct {
	CPUSeconds           *float64 `json:"cpuSeconds"`
	CPUMicrosPerDelivery *float64 `json:"cpuMicrosPerDelivery"`
	CPUMicrosPerConnect  *float64 `json:"cpuMicrosPerConnect"`
	CPUMicrosPerPing     *float64 `json:"cpuMicrosPerPing"`
	RSSBytes             *float64 `json:"rssBytes"`
	RSSBytesPerConn      *float64 `json:"rssBytesPerConnection"`
}

func parseReport(raw json.RawMessage) (report, error) {
	var r report
	if err := json.Unmarshal(raw, &r); err != nil {
		return r, fmt.Errorf("read report: %w", err)
	}
	return r, nil
}

// lost is how many clients had to leave, for whatever reason.
func (r report) lost() int {
	n := 0
	for _, count := range r.Disconnects {
		n += count
	}
	return n
}

// get reads a nested figure, nil where any part of the way is missing.
func get[T any](from *T, f func(*T) *float64) *float64 {
	if from == nil {
		return nil
	}
	return f(from)
}
