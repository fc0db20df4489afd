package window

import (
	"image"
	"slices"
	"time"

	"lotse/participant/message"
)

// sketchEvery is how far apart a mark's states are sent while the mouse draws.
const sketchEvery = time.Second / 30

// sketch turns what the mouse draws in one viewer into marks. Nothing leaves
// unless the member allows it at that moment.
type sketch struct {
	send func(message.Mark)
	may  func() bool
	now  func() time.Time
	// ask shows a small form for a note.
	ask func(done func(text string))

	tool   Tool
	id     uint16
	from   image.Point
	points []image.Point // of a stroke, not sent yet
	begun  bool          // the stroke's first part was sent
	sent   []image.Point // last
	at     time.Time
}

// Begin is a press of the left button.
func (s *sketch) Begin(at image.Point) {
	if !s.may() {
		return
	}
	if s.id++; s.id == 0 { // 0 means all
		s.id++
	}
	s.from, s.points, s.begun, s.sent, s.at = at, []image.Point{at}, false, nil, time.Time{}
	if s.tool == NoteTool {
		s.note(at)
		return
	}
	s.draw(at, false)
}

// Drag is a move with the button held.
func (s *sketch) Drag(at image.Point) { s.draw(at, false) }

// End is the button let go.
func (s *sketch) End(at image.Point) { s.draw(at, true) }

func (s *sketch) note(at image.Point) {
	id := s.id
	s.ask(func(text string) {
		if runes := []rune(text); len(runes) > message.MaxNoteRunes {
			text = string(runes[:message.MaxNoteRunes])
		}
		if text != "" && s.may() {
			s.send(message.Mark{ID: id, Look: message.MarkNote, Points: []image.Point{at}, Text: text})
		}
	})
}

// draw sends the mark as it is now, not too often unless it is the last state.
func (s *sketch) draw(at image.Point, last bool) {
	m := message.Mark{ID: s.id}
	switch s.tool {
	case PointerTool:
		m.Look, m.Points = message.MarkPointer, []image.Point{at}
	case ArrowTool, BoxTool:
		if m.Look = message.MarkArrow; s.tool == BoxTool {
			m.Look = message.MarkBox
		}
		if at == s.from { // nothing to see yet
			return
		}
		m.Points = []image.Point{s.from, at}
	case MarkerTool:
		if n := len(s.points); n == 0 || s.points[n-1] != at {
			s.points = append(s.points, at)
		}
		m.Look, m.Adds = message.MarkStroke, s.begun
		m.Points = s.points[:min(len(s.points), message.MaxMarkPoints)]
	case Hand, NoteTool:
		return
	}
	if !s.may() || !last && s.now().Sub(s.at) < sketchEvery || slices.Equal(m.Points, s.sent) {
		return
	}
	s.at, s.sent = s.now(), slices.Clone(m.Points)
	if s.tool == MarkerTool {
		s.points, s.begun = s.points[len(m.Points):], true
	}
	s.send(m)
}
