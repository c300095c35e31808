package valuation

import "time"

// Pace opens pace to tests, for accounts that are mere names.
type Pace struct {
	pace  pace[*Runner]
	names map[string]*Runner
}

// Runner is what a Pace paces.
type Runner struct {
	Name string
	beat beat
}

func (r *Runner) rhythm() *beat { return &r.beat }

func NewPace(window time.Duration) *Pace {
	return &Pace{pace: pace[*Runner]{window: window}, names: make(map[string]*Runner)}
}

func (p *Pace) runner(name string) *Runner {
	if p.names[name] == nil {
		p.names[name] = &Runner{Name: name}
	}
	return p.names[name]
}

func (p *Pace) Mark(name string)  { p.pace.mark(p.runner(name)) }
func (p *Pace) Hurry(name string) { p.pace.hurry(p.runner(name)) }

// Leave lets a name go; a later one of the same name is somebody else.
func (p *Pace) Leave(name string) {
	p.runner(name).beat.gone = true
	delete(p.names, name)
}

// Next returns the name whose turn it is, empty for nobody.
func (p *Pace) Next(now time.Time) string {
	if r, ok := p.pace.next(now); ok {
		return r.Name
	}
	return ""
}

// Len is how many places of queues are taken.
func (p *Pace) Len() int {
	return p.pace.urgent.len() + p.pace.ready.len() + p.pace.cooling.len()
}
