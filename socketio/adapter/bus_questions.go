package adapter

import (
	"cmp"
	"context"
	"slices"
)

// Call implements Adapter.
func (n *node) Call(ctx context.Context, b *Broadcast, answer func(Payload)) (missing int, err error) {
	err = n.life.during(ctx, func(ctx context.Context) error {
		nodes, t := n.group.snapshot(), &tally{answer: answer}
		errs := together(nodes, func(_ int, to *node) error { return to.local.Call(ctx, b, t.expect, t.take) })
		missing = t.missing()
		return cmp.Or(n.life.over(), partial(nodes, errs))
	})
	return missing, err
}

// Sockets implements Adapter.
func (n *node) Sockets(ctx context.Context, sel Selection) (all []Socket, err error) {
	err = n.life.during(ctx, func(ctx context.Context) error {
		nodes := n.group.snapshot()
		found := make([][]Socket, len(nodes))
		errs := together(nodes, func(i int, to *node) (err error) {
			found[i], err = to.local.Sockets(ctx, sel)
			return err
		})
		all = slices.Concat(found...)
		return partial(nodes, errs)
	})
	return all, err
}

// partial is a *PartialError that names the nodes which failed, if any did.
func partial(nodes []*node, errs []error) error {
	var p *PartialError
	for i, err := range errs {
		if err == nil {
			continue
		}
		if p == nil {
			p = &PartialError{Err: err}
		}
		p.Missing = append(p.Missing, nodes[i].name)
	}
	if p == nil {
		return nil
	}
	return p
}

// others are the nodes but this one.
func (n *node) others() []*node {
	return slices.DeleteFunc(slices.Clone(n.group.snapshot()), func(other *node) bool { return other == n })
}

// ServerEmit implements Adapter.
func (n *node) ServerEmit(_ context.Context, p Payload) error {
	if err := n.life.over(); err != nil {
		return err
	}
	others := n.others()
	errs := make([]error, len(others))
	for i, to := range others {
		errs[i] = to.local.ServerEvent(p, nil)
	}
	return partial(others, errs)
}

// ServerCall implements Adapter.
func (n *node) ServerCall(ctx context.Context, p Payload) (got []Payload, err error) {
	err = n.life.during(ctx, func(ctx context.Context) error {
		others := n.others()
		var errs []error
		got, errs = ask(ctx, others, p)
		return partial(others, errs)
	})
	return got, err
}

// ask gives an event to nodes and collects an answer of each, or why there is none.
func ask(ctx context.Context, nodes []*node, p Payload) (got []Payload, errs []error) {
	type answer struct {
		of      int
		payload Payload
		err     error
	}
	// Room for the answer and the end of every node, so that none waits, however late.
	answers := make(chan answer, 2*len(nodes))
	errs = make([]error, len(nodes))
	waiting := map[int]bool{}
	for i, to := range nodes {
		if errs[i] = to.local.ServerEvent(p, func(p Payload) { answers <- answer{of: i, payload: p} }); errs[i] != nil {
			continue
		}
		waiting[i] = true
		defer context.AfterFunc(to.life.context(), func() { answers <- answer{of: i, err: ErrClosed} })()
	}
	for len(waiting) > 0 {
		select {
		case a := <-answers:
			if !waiting[a.of] {
				continue
			}
			delete(waiting, a.of)
			if errs[a.of] = a.err; a.err == nil {
				got = append(got, a.payload)
			}
		case <-ctx.Done():
			for i := range waiting {
				errs[i] = context.Cause(ctx)
			}
			return got, errs
		}
	}
	return got, errs
}
