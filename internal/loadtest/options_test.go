package loadtest_test

import (
	"strings"
	"testing"
	"time"

	"tradewind/internal/loadtest"
)

func TestOptions_Mistakes_AreSentencesThatSayWhatIsAllowed(t *testing.T) {
	const url = "http://127.0.0.1:1"
	for want, o := range map[string]loadtest.Options{
		`--url: "" is no address; allowed are addresses such as`:                                     {},
		`--url: "ftp://x" has the scheme ftp; allowed are`:                                           {URL: "ftp://x"},
		`--url: "http://x/app" has a path`:                                                           {URL: "http://x/app"},
		`--scenario: "hurricane" is no scenario; allowed are idle, quotes, broadcast,`:               {URL: url, Scenario: "hurricane"},
		`--transport: "pigeon" is no transport; allowed are websocket, polling and upgrade`:          {URL: url, Transport: "pigeon"},
		`--clients: -1 is out of range; allowed are 1 to 1000000`:                                    {URL: url, Clients: -1},
		`--in-flight: 20000 is out of range; allowed are 1 to 10000`:                                 {URL: url, InFlight: 20000},
		`--symbols-per-client: 101 is out of range; allowed are 1 to 100`:                            {URL: url, SymbolsPerClient: 101},
		`--slow: 101 is out of range; allowed are 0 to 100 percent`:                                  {URL: url, SlowPercent: 101},
		`--slow needs --transport websocket`:                                                         {URL: url, SlowPercent: 1, Transport: loadtest.Polling},
		`--duration: 1ms is out of range; allowed are 100ms to 24h`:                                  {URL: url, Duration: time.Millisecond},
		`--settle: -1s is out of range; allowed are 0s to 24h`:                                       {URL: url, Settle: -time.Second},
		`--scenario trades needs --sessions FILE: orders are placed as signed-in users`:              {URL: url, Scenario: loadtest.Trades},
		`--pid: -7 cannot be measured:`:                                                              {URL: url, PID: -7},
		"--ramp: -2 is out of range; allowed are 0 (no limit) to 1000000 a second\n--in-flight: -1 ": {URL: url, Ramp: -2, InFlight: -1},
	} {
		err := o.Validate()
		if err == nil || !strings.Contains(lines(err, "--ramp", "--in-flight"), want) {
			t.Errorf("%+v: %v, want %s", o, err, want)
		}
		if _, runErr := loadtest.Run(t.Context(), o); runErr == nil || runErr.Error() != err.Error() {
			t.Errorf("run says %v", runErr)
		}
	}
	if err := (loadtest.Options{URL: "wss://example.com/"}).Validate(); err != nil {
		t.Errorf("defaults are refused: %v", err)
	}
}

// lines puts the sentences that begin with first before the others, in that order.
func lines(err error, first ...string) string {
	all := strings.Split(err.Error(), "\n")
	var out []string
	for _, begin := range first {
		for _, line := range all {
			if strings.HasPrefix(line, begin) {
				out = append(out, line)
			}
		}
	}
	return strings.Join(append(out, all...), "\n")
}
