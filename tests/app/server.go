package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"time"
)

// app is one server; what it does wrong on purpose is switched on and off by requests.
type app struct {
	host     string
	unready  atomic.Bool
	sick     atomic.Bool
	failing  atomic.Int64 // the status code of every answer, 0 for none
	requests atomic.Int64
	hoard    [][]byte
}

// answer is what the server says about itself and about the request.
type answer struct {
	Version string            `json:"version"`
	Host    string            `json:"host"`
	Method  string            `json:"method"`
	Path    string            `json:"path"`
	Headers map[string]string `json:"headers"`
}

func newApp() *app {
	host, _ := os.Hostname()
	return &app{host: host, hoard: [][]byte{taken(number(os.Getenv("HOARD")))}}
}

// handler knows these paths:
//
//	/                    who answers, and what was asked; ?sleep=2s answers later
//	/healthz /readyz     probes
//	/switch?ready=off&healthy=off&fail=500   and back: on, on, 0
//	/crash?code=3        ends the process at once
//	/burn?for=2s         keeps one processor busy
//	/hog?mebibytes=100   takes memory and keeps it
//	/env?name=X /file?path=X   what the container sees
//	/lookup?name=X /fetch?url=X   what the network says
//	/ask?url=X&count=1&method=GET&header=name:value   what came of it, see ask.go
//	/drip?count=3&every=1s   answers line by line
//	/echo                a WebSocket on which every message is said again
//	/requests            how many were answered, without probes and commands
//	/load?url=X&workers=2&pause=5ms&fresh=on   sends requests until /stop, see load.go
//	/tally /stop         what was answered to them until now, and in the end
func (a *app) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", probe(&a.sick))
	mux.HandleFunc("/readyz", probe(&a.unready))
	mux.HandleFunc("/switch", a.switchOver)
	mux.HandleFunc("/crash", func(_ http.ResponseWriter, r *http.Request) {
		fmt.Println("crashing as asked")
		os.Exit(number(r.FormValue("code")))
	})
	mux.HandleFunc("/burn", burn)
	mux.HandleFunc("/hog", a.hog)
	mux.HandleFunc("/env", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, os.Getenv(r.FormValue("name")))
	})
	mux.HandleFunc("/file", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, r.FormValue("path"))
	})
	mux.HandleFunc("/lookup", lookup)
	mux.HandleFunc("/fetch", fetch)
	mux.HandleFunc("/ask", relay)
	mux.HandleFunc("/drip", drip)
	mux.HandleFunc("/echo", a.echo)
	mux.HandleFunc("/requests", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, a.requests.Load())
	})
	load := newLoad()
	mux.HandleFunc("/load", load.start)
	mux.HandleFunc("/tally", load.tell)
	mux.HandleFunc("/stop", load.stop)
	mux.HandleFunc("/", a.tell)
	return mux
}

func probe(broken *atomic.Bool) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if broken.Load() {
			http.Error(w, "switched off", http.StatusServiceUnavailable)
		}
	}
}

func (a *app) switchOver(w http.ResponseWriter, r *http.Request) {
	for name, broken := range map[string]*atomic.Bool{"ready": &a.unready, "healthy": &a.sick} {
		if state := r.FormValue(name); state != "" {
			broken.Store(state == "off")
		}
	}
	if code := r.FormValue("fail"); code != "" {
		a.failing.Store(int64(number(code)))
	}
	fmt.Fprintln(w, a.host)
}

func (a *app) tell(w http.ResponseWriter, r *http.Request) {
	a.requests.Add(1)
	time.Sleep(duration(r.FormValue("sleep")))
	version := os.Getenv("VERSION")
	w.Header().Set("X-Version", version)
	w.Header().Set("X-Host", a.host)
	w.Header().Set("Content-Type", "application/json")
	if code := a.failing.Load(); code != 0 {
		w.WriteHeader(int(code))
	}
	_ = json.NewEncoder(w).Encode(answer{version, a.host, r.Method, r.URL.String(), headersOf(r.Header)})
}

func drip(w http.ResponseWriter, r *http.Request) {
	for line := range number(r.FormValue("count")) {
		fmt.Fprintln(w, line)
		_ = http.NewResponseController(w).Flush()
		time.Sleep(duration(r.FormValue("every")))
	}
}

func (a *app) hog(w http.ResponseWriter, r *http.Request) {
	a.hoard = append(a.hoard, taken(number(r.FormValue("mebibytes"))))
	fmt.Fprintln(w, a.host)
}

// taken memory: what was never written would not be.
func taken(mebibytes int) []byte {
	piece := make([]byte, mebibytes<<20)
	for i := 0; i < len(piece); i += 4096 {
		piece[i] = 1
	}
	return piece
}

func burn(_ http.ResponseWriter, r *http.Request) {
	for end := time.Now().Add(duration(r.FormValue("for"))); time.Now().Before(end); {
	}
}

func lookup(w http.ResponseWriter, r *http.Request) {
	addresses, err := net.LookupHost(r.FormValue("name"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	fmt.Fprint(w, strings.Join(addresses, " "))
}

func fetch(w http.ResponseWriter, r *http.Request) {
	client := http.Client{Timeout: 5 * time.Second}
	response, err := client.Get(r.FormValue("url"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer response.Body.Close()
	w.WriteHeader(response.StatusCode)
	_, _ = io.Copy(w, response.Body)
}
