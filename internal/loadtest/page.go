package loadtest

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"math"
	"slices"
	"strings"
)

//go:embed page.html
var pageText string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// Measures of a plot, in units of its view box.
const (
	plotWidth  = 760
	plotHeight = 240
	plotLeft   = 60
	plotRight  = 750
	plotTop    = 24
	plotBottom = 210
	legendStep = 90
)

// page is what the template shows.
type page struct {
	Report
	Lines []shownLine
	Plots []plot

	Left, Right, LabelEnd, Foot int
}

type shownLine struct{ Name, Value string }

// plot is some curves over the time of measuring.
type plot struct {
	Title         string
	Width, Height int
	Rows, Columns []mark
	Curves        []curve
}

// mark is a number beside an axis.
type mark struct {
	At   int
	Text string
}

type curve struct {
	Name, Class, Points string
	LabelAt             int
}

// WriteHTML writes the report as a page that needs nothing else: plots are inside,
// nothing is loaded, and it follows the light or dark scheme of the reader.
func (r Report) WriteHTML(w io.Writer) error {
	p := page{Report: r, Left: plotLeft, Right: plotRight, LabelEnd: plotLeft - 8, Foot: plotHeight - 10}
	for _, l := range r.lines() {
		p.Lines = append(p.Lines, shownLine{l.name, l.value})
	}
	if len(r.Points) > 1 {
		p.Plots = []plot{
			r.plot("Latency, ms", series{"p50", Point.p50}, series{"p99", Point.p99}, series{"max", Point.max}),
			r.plot("Deliveries a second", series{"deliveries", Point.deliveries}),
		}
	}
	if err := pageTemplate.Execute(w, p); err != nil {
		return fmt.Errorf("write page: %w", err)
	}
	return nil
}

// series is a curve before it is drawn.
type series struct {
	name  string
	value func(Point) float64
}

func (p Point) p50() float64        { return p.P50 }
func (p Point) p99() float64        { return p.P99 }
func (p Point) max() float64        { return p.Max }
func (p Point) deliveries() float64 { return p.Deliveries }

// rows and columns are how many parts the axes have.
const (
	rows    = 4
	columns = 6
)

func (r Report) plot(title string, all ...series) plot {
	top := 0.0
	for _, s := range all {
		for _, point := range r.Points {
			top = math.Max(top, s.value(point))
		}
	}
	top = roundUp(top/rows) * rows
	end := r.Points[len(r.Points)-1].Seconds
	x := func(seconds float64) float64 { return plotLeft + seconds/end*(plotRight-plotLeft) }
	y := func(value float64) float64 { return plotBottom - value/top*(plotBottom-plotTop) }

	out := plot{Title: title, Width: plotWidth, Height: plotHeight}
	for i := range rows + 1 {
		value := top * float64(i) / rows
		out.Rows = append(out.Rows, mark{int(y(value)), number(round(value))})
	}
	step := roundUp(end / columns)
	for seconds := 0.0; seconds <= end; seconds += step {
		out.Columns = append(out.Columns, mark{int(x(seconds)), number(round(seconds)) + " s"})
	}
	for i, s := range all {
		var points strings.Builder
		for _, point := range r.Points {
			fmt.Fprintf(&points, "%.1f,%.1f ", x(point.Seconds), y(s.value(point)))
		}
		out.Curves = append(out.Curves, curve{
			Name: s.name, Class: []string{"one", "two", "three"}[i], Points: strings.TrimSpace(points.String()), LabelAt: plotLeft + i*legendStep,
		})
	}
	slices.Reverse(out.Curves) // the first is drawn last, on top
	return out
}

// roundUp is the next of 1, 2 or 5 times a power of ten; 1 of nothing.
func roundUp(v float64) float64 {
	if v <= 0 {
		return 1
	}
	unit := math.Pow(10, math.Floor(math.Log10(v)))
	for _, factor := range []float64{1, 2, 5} {
		if v <= factor*unit {
			return factor * unit
		}
	}
	return 10 * unit
}
