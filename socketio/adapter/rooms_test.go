package adapter_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"tradewind/socketio/adapter"
)

// naive is the membership as anybody would write it down.
type naive map[string]map[adapter.Room]bool

func (n naive) selected(rooms, except []adapter.Room) []string {
	var out []string
	for id, in := range n {
		chosen := len(rooms) == 0
		for _, r := range rooms {
			chosen = chosen || in[r]
		}
		for _, r := range except {
			chosen = chosen && !in[r]
		}
		if chosen {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

func (n naive) rooms() map[adapter.Room]bool {
	all := map[adapter.Room]bool{}
	for id, in := range n {
		for r := range in {
			if r != adapter.Room(id) {
				all[r] = true
			}
		}
	}
	return all
}

// Whatever is joined, left, added and removed in whatever order: Rooms selects
// what naive maps select, each member once, and tells of rooms that come and go.
func TestRoomsBehaveLikeNaiveMaps(t *testing.T) {
	// Some rooms are named like members: one may join the room of another's id.
	names := []adapter.Room{"r0", "r1", "r2", "r3", "m0", "m1", ""}
	ids := []string{"m0", "m1", "m2", "m3", "m4"}
	rapid.Check(t, func(t *rapid.T) {
		exists := map[adapter.Room]bool{}
		rooms := adapter.NewRooms[string](func(r adapter.Room, now bool) {
			if exists[r] == now {
				t.Fatalf("told twice that %q exists: %v", r, now)
			}
			if exists[r] = now; !now {
				delete(exists, r)
			}
		})
		model, members := naive{}, map[string]*adapter.Member[string]{}
		member := rapid.SampledFrom(ids)
		room := rapid.SampledFrom(names)
		list := rapid.SliceOfN(room, 0, 4)
		known := func(t *rapid.T) string {
			id := member.Draw(t, "member")
			if members[id] == nil {
				t.Skip("not a member")
			}
			return id
		}
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				id := member.Draw(t, "member")
				if members[id] != nil {
					t.Skip("is one already")
				}
				members[id] = &adapter.Member[string]{}
				rooms.Add(members[id], adapter.Room(id), id)
				model[id] = map[adapter.Room]bool{adapter.Room(id): true}
			},
			"remove": func(t *rapid.T) {
				id := known(t)
				rooms.Remove(members[id])
				delete(members, id)
				delete(model, id)
			},
			"join": func(t *rapid.T) {
				id, r := known(t), room.Draw(t, "room")
				if news := rooms.Join(members[id], r); news == model[id][r] {
					t.Fatalf("Join of %s to %q says %v", id, r, news)
				}
				model[id][r] = true
			},
			"leave": func(t *rapid.T) {
				id, r := known(t), room.Draw(t, "room")
				rooms.Leave(members[id], r)
				if r != adapter.Room(id) {
					delete(model[id], r)
				}
			},
			"select": func(t *rapid.T) {
				in, out := list.Draw(t, "rooms"), list.Draw(t, "except")
				var got []string
				rooms.Select(in, out, func(id string) { got = append(got, id) })
				slices.Sort(got)
				if want := model.selected(in, out); !slices.Equal(got, want) {
					t.Fatalf("To(%q).Except(%q) selects %v, want %v", in, out, got, want)
				}
			},
			"": func(t *rapid.T) {
				if !maps.Equal(exists, model.rooms()) || rooms.Len() != len(exists) {
					t.Fatalf("rooms are %v, want %v", exists, model.rooms())
				}
				for id, m := range members {
					of := rooms.Of(m)
					if of[0] != adapter.Room(id) {
						t.Fatalf("the first room of %s is %q", id, of[0])
					}
					want := slices.Sorted(maps.Keys(model[id]))
					if slices.Sort(of); !slices.Equal(of, want) {
						t.Fatalf("%s is in %q, want %q", id, of, want)
					}
				}
			},
		})
	})
}

func TestRoomsWithoutListener(t *testing.T) {
	rooms := adapter.NewRooms[int](nil)
	var m adapter.Member[int]
	rooms.Add(&m, "id", 1)
	rooms.Join(&m, "r")
	rooms.Remove(&m)
	rooms.Remove(&m) // once more changes nothing
	if rooms.Len() != 0 {
		t.Error("a room is left")
	}
}

// Choosing recipients allocates nothing, whatever the size of the room.
func TestSelectAllocatesNothing(t *testing.T) {
	rooms := adapter.NewRooms[int](nil)
	members := make([]adapter.Member[int], 1000)
	for i := range members {
		rooms.Add(&members[i], adapter.Room(fmt.Sprint("id", i)), i)
		rooms.Join(&members[i], "all")
		if i%2 == 0 {
			rooms.Join(&members[i], "even")
		}
	}
	one, two, except := []adapter.Room{"all"}, []adapter.Room{"all", "even"}, []adapter.Room{"id7"}
	count := 0
	add := func(int) { count++ }
	if n := testing.AllocsPerRun(10, func() {
		rooms.Select(one, nil, add)
		rooms.Select(two, except, add)
		rooms.Select(nil, except, add)
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
	if want := 11 * (1000 + 999 + 999); count != want {
		t.Errorf("%d recipients, want %d", count, want)
	}
}
