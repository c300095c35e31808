package gateway

// Limits is the table of rates, by event: how many at once, and in how many seconds they come back.
func Limits() map[string][2]int {
	all := make(map[string][2]int)
	for _, l := range limits {
		all[l.event] = [2]int{l.rate.burst, int(l.rate.per.Seconds())}
	}
	return all
}

// Deliveries is the table of delivery classes, by event.
func Deliveries() map[string]string {
	all := make(map[string]string)
	for event, d := range deliveries {
		all[event] = string(d.class)
	}
	return all
}

// UsersWithSlots is how many users hold a slot.
func (g *Gateway) UsersWithSlots() int {
	g.slots.mu.Lock()
	defer g.slots.mu.Unlock()
	return len(g.slots.byUser)
}
