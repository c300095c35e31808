package loadtest

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

// handshakeTime bounds one connect, up to the server's answer to CONNECT.
const handshakeTime = 30 * time.Second

// A nonce and what proves that the server understood it (RFC 6455, 1.3). It keeps
// caches out of the way, and nothing else depends on it.
const (
	nonce = "dGhlIHNhbXBsZSBub25jZQ=="
	proof = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
)

// mostHeadBytes bounds the answer to the upgrade.
const mostHeadBytes = 32 << 10

// openSocket connects, upgrades and joins. The figures are locked only inside.
func openSocket(ctx context.Context, owner *client) (*socket, error) {
	deadline := time.Now().Add(handshakeTime)
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	conn, err := dial(ctx, owner.run)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	s := &socket{owner: owner, conn: conn}
	err = s.handshake(deadline)
	if err == nil && !stop() {
		err = context.Cause(ctx)
	}
	if err != nil {
		s.cut()
		return nil, err
	}
	s.expectPing()
	return s, nil
}

func dial(ctx context.Context, r *run) (net.Conn, error) {
	conn, err := (&net.Dialer{KeepAlive: -1}).DialContext(ctx, "tcp", r.address)
	if err != nil {
		return nil, err
	}
	if r.base.Scheme == "http" {
		return conn, nil
	}
	secure := tls.Client(conn, r.tls)
	if err := secure.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, err
	}
	return secure, nil
}

func (s *socket) handshake(deadline time.Time) (err error) {
	if err := s.conn.SetDeadline(deadline); err != nil {
		return err
	}
	if s.in, err = newInput(s.conn); err != nil {
		return err
	}
	if _, err := s.conn.Write(s.owner.run.upgrade); err != nil {
		return err
	}
	if err := s.upgraded(); err != nil {
		return err
	}
	for !s.joined {
		if err := s.step(); err != nil {
			return err
		}
	}
	return s.conn.SetDeadline(time.Time{})
}

// upgraded reads the answer to the upgrade, and handles what came with it.
func (s *socket) upgraded() error {
	var head []byte
	for {
		b, n, err := s.in.next()
		if err != nil {
			return err
		}
		head = append(head, b[:n]...)
		s.in.done(b)
		if end := bytes.Index(head, []byte("\r\n\r\n")); end >= 0 {
			if err := checkUpgrade(head[:end], head[end+4:]); err != nil {
				return err
			}
			return s.take(head[end+4:])
		}
		if len(head) > mostHeadBytes {
			return errors.New("the answer to the upgrade has no end")
		}
	}
}

func checkUpgrade(head, body []byte) error {
	status, headers, _ := strings.Cut(string(head), "\r\n")
	version, status, _ := strings.Cut(status, " ")
	if !strings.HasPrefix(version, "HTTP/1.") {
		return errors.New("the answer to the upgrade is not HTTP")
	}
	if !strings.HasPrefix(status, "101") {
		return statusError{status, string(body[:min(len(body), 200)])}
	}
	if !strings.Contains(headers, proof) {
		return errors.New("the answer to the upgrade has no proof of the WebSocket protocol")
	}
	return nil
}

// upgradeRequest is the same for all clients.
func upgradeRequest(host string) []byte {
	return fmt.Appendf(nil, "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: %s\r\n"+
		"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n"+
		"User-Agent: tradewind-loadtest\r\n\r\n", host, nonce)
}
