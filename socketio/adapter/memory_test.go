package adapter_test

import (
	"testing"

	"tradewind/socketio/adapter"
	"tradewind/socketio/adapter/adaptertest"
)

func TestMemoryIsAnAdapter(t *testing.T) {
	adaptertest.Run(t, func(*testing.T, int) []adapter.Factory { return []adapter.Factory{adapter.Memory} })
}
