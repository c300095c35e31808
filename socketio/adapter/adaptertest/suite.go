package adaptertest

import (
	"testing"

	"tradewind/socketio/adapter"
)

// Setup makes a cluster for one test and returns a factory for each of its nodes:
// as many as asked for, or a single one if the adapter has no cluster. A factory
// may be called for several namespaces. What it starts for the test it ends with
// t.Cleanup; the suite closes the adapters before that.
type Setup func(t *testing.T, nodes int) []adapter.Factory

// Run runs the suite. It counts goroutines: no other test may start many beside it.
func Run(t *testing.T, setup Setup) {
	for name, test := range map[string]func(*testing.T, Setup){
		"broadcast reaches every node once":           reachesEveryNodeOnce,
		"broadcast arrives as it was sent":            arrivesAsSent,
		"rooms are reached on the nodes they are":     reachesRooms,
		"room that is joined later is reached":        reachesLaterRooms,
		"order of a goroutine is kept":                keepsOrder,
		"concurrent broadcasts are whole":             concurrentBroadcasts,
		"namespaces are apart":                        namespacesApart,
		"broadcast is not changed":                    leavesBroadcastAlone,
		"broadcast to no member anywhere is no error": reachesNobody,

		"call collects every answer once":             callCollects,
		"call arrives and is answered as it was sent": callArrivesAsSent,
		"call of nobody is over at once":              callOfNobody,
		"call ends without those who end":             callEndsWithoutTheEnded,
		"call tells what came before its deadline":    callTellsWhatCame,
		"call tells nothing after its end":            callTellsNothingLater,
		"call names nodes that do not answer":         callNamesSilentNodes,
		"concurrent calls are apart":                  callsAreApart,

		"selection is the union of rooms less exceptions": selectsUnionLessExceptions,
		"random selections are as a naive one":            selectsAsNaive,
		"sockets are told as they are":                    tellsSockets,
		"sockets names nodes that do not answer":          socketsNameSilentNodes,
		"rooms are joined and left everywhere":            joinsAndLeaves,
		"sockets are disconnected everywhere":             disconnects,
		"a silent node does not keep others from it":      silentNodeKeepsNobody,

		"server event goes to the other servers in order":  serverEventsInOrder,
		"server call has one answer of every other server": serverCallAnswers,
		"server call names nodes that do not answer":       serverCallNamesSilentNodes,
		"server call leaves late answers alone":            serverCallIgnoresLateAnswers,

		"waiting is bounded by the context":       waitIsBounded,
		"closing one namespace leaves the others": closesAlone,
		"closing one node leaves the others":      closesOneNode,
		"closing during broadcasts does not hang": closesUnderLoad,
		"closing ends what waits":                 closingEndsWaits,
		"closed adapter says so":                  closedSaysSo,
		"closing leaves no goroutine":             closingLeavesNoGoroutine,
	} {
		t.Run(name, func(t *testing.T) { test(t, setup) })
	}
}
