package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tradewind/socketio/client"
)

// selfSigned writes a certificate for 127.0.0.1 and its key.
func selfSigned(t *testing.T) (certFile, keyFile string, roots *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, kind string, content []byte) string {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content}), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	parsed, err := x509.ParseCertificate(cert)
	if err != nil {
		t.Fatal(err)
	}
	roots = x509.NewCertPool()
	roots.AddCert(parsed)
	return write("cert.pem", "CERTIFICATE", cert), write("key.pem", "PRIVATE KEY", raw), roots
}

func TestProgram_SpeaksTLS(t *testing.T) {
	cert, key, roots := selfSigned(t)
	p := newProgram(t, func(c *Config) { c.TLSCertFile, c.TLSKeyFile = cert, key })
	p.url = strings.Replace(p.url, "http:", "https:", 1)
	p.url = strings.Replace(p.url, "[::]", "127.0.0.1", 1)
	config := &tls.Config{RootCAs: roots}
	p.client = &http.Client{Transport: &http.Transport{TLSClientConfig: config}}
	t.Cleanup(p.client.CloseIdleConnections)

	session := p.signIn(t)
	for _, transports := range [][]client.Transport{{client.WebSocket}, {client.Polling}, {client.Polling, client.WebSocket}} {
		socket := p.connect(t, session, client.Options{Transports: transports, TLS: config})
		subscribe(t, socket, "subscribe:watchlist", []string{"AAPL"})
	}
}
