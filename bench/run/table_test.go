package main

import (
	"strings"
	"testing"
)

func TestSummarize_TakesTheMiddleAndTheEnds(t *testing.T) {
	cases := map[string]struct {
		values []float64
		want   spread
	}{
		"odd":  {[]float64{9, 1, 5}, spread{5, 1, 9, 3}},
		"even": {[]float64{4, 1, 2, 9}, spread{3, 1, 9, 4}},
		"one":  {[]float64{7}, spread{7, 7, 7, 1}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got, ok := summarize(c.values); !ok || got != c.want {
				t.Errorf("got %v, %v, want %v", got, ok, c.want)
			}
		})
	}
	if _, ok := summarize(nil); ok {
		t.Error("nothing was summarized")
	}
}

func TestSummarize_LeavesTheOrderOfItsArgument(t *testing.T) {
	values := []float64{3, 1, 2}
	summarize(values)
	if values[0] != 3 || values[1] != 1 {
		t.Errorf("got %v", values)
	}
}

func TestNumber_IsShortAndKeepsWhatMatters(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 1.234: "1.23", 12.34: "12.3", 123.4: "123", 1234567.8: "1,234,568", 999.6: "1,000",
	} {
		if got := number(v); got != want {
			t.Errorf("number(%v) = %q, want %q", v, got, want)
		}
	}
}

func TestPrintTable_ComparesMediansWithFloorAndNode(t *testing.T) {
	r := openTemp(t)
	c := benchCase{name: "q", title: "quotes", clients: 10, figures: []figure{cpuDelivery}}
	for peer, values := range map[string][]string{own: {"2", "4", "3"}, floor: {"2", "2", "2"}, node: {"12", "12", "12"}} {
		for i, v := range values {
			add(t, r, result{Case: "q", Peer: peer, Rep: i + 1, Report: []byte(`{"server":{"cpuMicrosPerDelivery":` + v + `}}`)})
		}
	}
	var out strings.Builder
	printTable(&out, r, []benchCase{c}, []string{own, node, floor}, 3)
	want := "| quotes | CPU, µs a delivery | 3.00 (2.00–4.00) | 12.0 | 2.00 | 1.50 | 0.25 | 3 |"
	if !strings.Contains(out.String(), want) {
		t.Errorf("got\n%swant a line\n%s", out.String(), want)
	}
}

func TestPrintTable_LeavesOutWhatWasNotMeasured(t *testing.T) {
	r := openTemp(t)
	c := benchCase{name: "q", title: "quotes", figures: []figure{cpuDelivery}}
	add(t, r, result{Case: "q", Peer: own, Rep: 1, Report: []byte(`{"server":null}`)})
	var out strings.Builder
	printTable(&out, r, []benchCase{c}, []string{own, node}, 1)
	if want := "| quotes | CPU, µs a delivery | - | - | - | - | 0 |"; !strings.Contains(out.String(), want) {
		t.Errorf("got\n%swant a line\n%s", out.String(), want)
	}
}

func TestPrintTable_NamesTheBestOfOtherServers(t *testing.T) {
	r := openTemp(t)
	c := benchCase{name: "q", title: "quotes", figures: []figure{delivered, cpuDelivery, lostClients}}
	for peer, report := range map[string]string{
		own:   `{"deliveriesPerSecond":400,"server":{"cpuMicrosPerDelivery":2}}`,
		floor: `{"deliveriesPerSecond":900,"server":{"cpuMicrosPerDelivery":1}}`,
		node:  `{"deliveriesPerSecond":100,"server":{"cpuMicrosPerDelivery":8}}`,
		eiows: `{"deliveriesPerSecond":200,"server":{"cpuMicrosPerDelivery":5}}`,
		bun:   `{"deliveriesPerSecond":100,"server":{"cpuMicrosPerDelivery":4}}`,
	} {
		add(t, r, result{Case: "q", Peer: peer, Rep: 1, Report: []byte(report)})
	}
	var out strings.Builder
	printTable(&out, r, []benchCase{c}, []string{own, floor, node, eiows, bun, zishang520}, 1)
	want := `| case | figure | own | floor | node | eiows | bun | zishang520 | own / floor | own / node | own / best other | runs |
|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|
| quotes | deliveries a second | 400 | 900 | 100 | 200 | 100 | - | 0.44 | 4.00 | 2.00 (eiows) | 1, 1, 1, 1, 1, 0 |
|  | CPU, µs a delivery | 2.00 | 1.00 | 8.00 | 5.00 | 4.00 | - | 2.00 | 0.25 | 0.50 (bun) | 1, 1, 1, 1, 1, 0 |
|  | clients lost | 0 | 0 | 0 | 0 | 0 | - | - | - | - | 1, 1, 1, 1, 1, 0 |
`
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}

func TestHighestRate_EndsAtTheFirstThatIsNotSustained(t *testing.T) {
	c := benchCase{workload: "quotes", clients: 100}
	run := func(rate, deliveries, p99 float64, lost int) measured {
		return measured{rate, report{
			DeliveriesPerSecond: &deliveries, LatencyMs: &quantiles{P99: &p99},
			Disconnects: map[string]int{"transport close": lost},
		}}
	}
	cases := map[string]struct {
		runs []measured
		want float64 // 0 for none
	}{
		"all":             {[]measured{run(1, 2000, 10, 0), run(2, 3990, 20, 0)}, 3990},
		"some conflated":  {[]measured{run(1, 2000, 10, 0), run(2, 3700, 20, 0)}, 3700},
		"most conflated":  {[]measured{run(1, 2000, 10, 0), run(2, 1500, 20, 0)}, 2000},
		"too late":        {[]measured{run(1, 2000, 10, 0), run(2, 4000, 150, 0)}, 2000},
		"a client lost":   {[]measured{run(1, 2000, 10, 0), run(2, 4000, 20, 1)}, 2000},
		"a gap":           {[]measured{run(1, 2000, 160, 0), run(2, 4000, 20, 0)}, 0},
		"nothing was run": {nil, 0},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := highestRate(c, tc.runs)
			if (got == nil) != (tc.want == 0) || (got != nil && *got != tc.want) {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}

func TestRatio_NeedsSomethingToDivideBy(t *testing.T) {
	for theirs, want := range map[float64]string{4: "0.50", 0: "-", -3: "-"} {
		if got := ratio(map[string]float64{own: 2, node: theirs}, node); got != want {
			t.Errorf("2 beside %v is %q, want %q", theirs, got, want)
		}
	}
}
