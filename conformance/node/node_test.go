package node_test

import (
	"strings"
	"testing"
	"time"

	"tradewind/conformance/node"
)

func TestRunReturnsWhatAScriptPrints(t *testing.T) {
	node.Install(t)
	out := node.Run(t, time.Minute, map[string]string{"GREETING": "hello"}, "--input-type=module", "--eval",
		`import { io } from "socket.io-client"; console.log(process.env.GREETING, typeof io)`)
	if out != "hello function\n" {
		t.Errorf("printed %q", out)
	}
}

func TestStartedScriptIsSeenLineByLineAndTellsHowItEnded(t *testing.T) {
	node.Install(t)
	p := node.Start(t, time.Minute, nil, "--eval", `console.log("a"); console.log("b"); console.error("why"); process.exit(3)`)
	var lines []string
	for line := range p.Lines {
		lines = append(lines, line)
	}
	if strings.Join(lines, ",") != "a,b" {
		t.Errorf("lines %q", lines)
	}
	if err := p.Wait(); err == nil || !strings.Contains(err.Error(), "exit status 3") || !strings.Contains(err.Error(), "why") {
		t.Errorf("err = %v", err)
	}
}

func TestStartedScriptIsKilledInTime(t *testing.T) {
	node.Install(t)
	p := node.Start(t, 300*time.Millisecond, nil, "--eval", `setInterval(() => {}, 1000)`)
	select {
	case _, more := <-p.Lines:
		if more {
			t.Error("it printed something")
		}
	case <-time.After(time.Minute):
		t.Fatal("it is still running")
	}
	if p.Wait() == nil {
		t.Error("a killed script ended well")
	}
}
