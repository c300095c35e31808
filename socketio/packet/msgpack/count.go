package msgpack

// container is an array or an object of a JSON text.
type container struct {
	children uint32 // values or pairs
	parent   int32  // index of the container around it; -1 for none
}

// countChildren adds the containers of a valid JSON text, in the order in which
// they open, in one pass over it.
func countChildren(all []container, text []byte) []container {
	open := int32(-1)
	empty := false // nothing has come since the last bracket opened
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case ' ', '\t', '\r', '\n':
			continue
		case '[', '{':
			all = append(all, container{parent: open})
			open = int32(len(all) - 1)
			empty = true
			continue
		case ']', '}':
			if !empty {
				all[open].children++
			}
			open = all[open].parent
		case ',':
			all[open].children++
		case '"':
			i += stringLen(text[i:]) - 1
		}
		empty = false
	}
	return all
}
