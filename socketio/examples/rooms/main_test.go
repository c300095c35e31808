package main

import (
	"fmt"
	"testing"

	"go.uber.org/goleak"

	"tradewind/socketio/client"
	"tradewind/socketio/examples/exampletest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestFollowersHearOfTheirCities(t *testing.T) {
	s := exampletest.Serve(t, newServer())
	ada, bob := s.Dial(client.Options{}), s.Dial(client.Options{})
	degrees, warnings := exampletest.Listen(t, ada, "temperature"), exampletest.Listen(t, ada, "warning")
	toBob := exampletest.Listen(t, bob, "warning")
	if got := exampletest.Call(t, ada, "follow", []string{"Lima", "Osaka", "Atlantis"}); got != `[["Lima","Osaka"]]` {
		t.Errorf("follow: %s", got)
	}
	exampletest.Call(t, bob, "follow", []string{"Lima"})
	exampletest.Call(t, bob, "mute")
	for _, city := range []string{"Berlin", "Lima"} {
		exampletest.Call(t, bob, "report", report{city, 21.5})
	}
	if got := exampletest.Next(t, degrees); got != `[{"city":"Lima","degrees":21.5}]` {
		t.Errorf("temperature: %s", got)
	}
	exampletest.Call(t, bob, "warn", []string{"Lima", "Osaka"})
	exampletest.Call(t, ada, "unfollow", []string{"Lima"})
	exampletest.Call(t, bob, "warn", []string{"Lima"})
	exampletest.Call(t, bob, "warn", []string{"Atlantis"}) // no room is nobody
	if got := exampletest.Call(t, bob, "followers", "Osaka"); got != fmt.Sprintf("[[%q]]", ada.ID()) {
		t.Errorf("followers of Osaka: %s, and Ada is %s", got, ada.ID())
	}
	if got := exampletest.Call(t, ada, "followers", "Atlantis"); got != "[[]]" { // what was sent to Ada has come by then
		t.Errorf("followers of Atlantis: %s", got)
	}
	if got := exampletest.Next(t, warnings); got != `["storm in Lima and Osaka"]` || len(warnings) > 0 {
		t.Errorf("Ada heard %s and %d more", got, len(warnings))
	}
	if len(toBob) > 0 {
		t.Errorf("Bob is muted and heard %s", <-toBob)
	}
}

func TestSlowClientGetsTheNewestTemperature(t *testing.T) {
	io := newServer()
	c := exampletest.Serve(t, io).Dial(client.Options{})
	got := make(chan string, 2000)
	c.On("temperature", func(a client.Args) { got <- a.String() })
	exampletest.Call(t, c, "follow", []string{"Lima"})
	resume := exampletest.Stall(t, io, c)
	const changes = 1000
	for i := range changes + 1 {
		if err := publish(t.Context(), io, report{"Lima", float64(i)}); err != nil {
			t.Fatal(err)
		}
	}
	resume()
	n, last := 1, fmt.Sprintf(`[{"city":"Lima","degrees":%d}]`, changes)
	for ; exampletest.Next(t, got) != last; n++ {
	}
	if n > changes/2 {
		t.Errorf("%d temperatures came of %d", n, changes)
	}
}
