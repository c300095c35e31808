//go:build !linux

package engineio

import "net"

// poller exists on Linux only; elsewhere every connection has a goroutine.
type poller struct{}

func newPoller() (*poller, error) { return nil, nil }
func (p *poller) wait() bool      { return false }
func (p *poller) dispatch(*Shard) {}
func (p *poller) close()          {}

func takePolled(*Shard, net.Conn, *websocket) (stream, bool, error) { return nil, false, nil }

func limitUnsent(net.Conn) {}
