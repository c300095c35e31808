package socketio_test

import (
	"errors"
	"testing"

	"tradewind/socketio"
)

func TestKeysHoldTypedDataOfEachSocket(t *testing.T) {
	type user struct{ name string }
	users, others := socketio.NewKey[user]("user"), socketio.NewKey[user]("user")
	failures := socketio.NewKey[error]("failure")
	_, _, s := connected(t, socketio.Options{})
	if _, ok := users.Get(s); ok {
		t.Error("there is a value before Set")
	}
	users.Set(s, user{"ada"})
	users.Set(s, user{"grace"})
	if v, ok := users.Get(s); !ok || v.name != "grace" {
		t.Errorf("got %v %v", v, ok)
	}
	if _, ok := others.Get(s); ok {
		t.Error("another key of the same name sees the value")
	}
	failures.Set(s, nil) // a nil of an interface type is a value like any other
	if v, ok := failures.Get(s); !ok || v != nil {
		t.Errorf("got %v %v", v, ok)
	}
	failures.Set(s, errors.New("x"))
	if v, _ := failures.Get(s); v == nil {
		t.Error("the second Set was lost")
	}
	if users.String() != "user" {
		t.Errorf("the key's name is %s", users)
	}
}
