package netrules

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
)

// ClientAddr is the address that limits and logs count for a request: the TCP
// peer, or behind trusted proxies the first hop of X-Forwarded-For, read from
// the nearest, that is not one of them. What a client writes into the header
// itself lies beyond that hop and is never believed. The zero Addr means that
// the peer has none, as on a Unix socket.
func (r *Rules) ClientAddr(req *http.Request) netip.Addr {
	addr, ok := parseAddr(req.RemoteAddr)
	if !ok || !r.Trusted(addr) {
		return addr
	}
	headers := req.Header.Values("X-Forwarded-For")
	for i := len(headers) - 1; i >= 0; i-- {
		for rest := headers[i]; rest != ""; {
			var hop string
			rest, hop = cutLast(rest)
			next, ok := parseAddr(hop)
			if !ok {
				return addr // what this trusted proxy saw is unreadable: count the proxy itself
			}
			if addr = next; !r.Trusted(addr) {
				return addr
			}
		}
	}
	return addr
}

// cutLast splits off the last element of a comma-separated list.
func cutLast(list string) (rest, last string) {
	if i := strings.LastIndexByte(list, ','); i >= 0 {
		return list[:i], list[i+1:]
	}
	return "", list
}

// parseAddr reads an address with or without a port, as peers and proxies write it.
func parseAddr(text string) (netip.Addr, bool) {
	text = strings.TrimSpace(text)
	if ap, err := netip.ParseAddrPort(text); err == nil {
		return ap.Addr().Unmap().WithZone(""), true
	}
	text = strings.TrimSuffix(strings.TrimPrefix(text, "["), "]")
	addr, err := netip.ParseAddr(text)
	return addr.Unmap().WithZone(""), err == nil
}

// ParsePrefixes reads the networks of TRUSTED_PROXIES. A single address is a
// network of one; "loopback" and "private" stand for the usual ranges.
func ParsePrefixes(texts []string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, text := range texts {
		text = strings.TrimSpace(text)
		switch text {
		case "":
			continue
		case "loopback":
			out = append(out, netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128"))
			continue
		case "private":
			out = append(out, netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"),
				netip.MustParsePrefix("192.168.0.0/16"), netip.MustParsePrefix("fc00::/7"))
			continue
		}
		if addr, err := netip.ParseAddr(text); err == nil {
			addr = addr.Unmap().WithZone("")
			out = append(out, netip.PrefixFrom(addr, addr.BitLen()))
			continue
		}
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("network %.80q is neither an address, such as 10.0.0.1, nor a network, such as 10.0.0.0/8, nor loopback or private", text)
		}
		out = append(out, p.Masked())
	}
	return out, nil
}

// unmapPrefix turns an IPv4 network written in IPv6 form into plain IPv4.
func unmapPrefix(p netip.Prefix) netip.Prefix {
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		return netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p
}
