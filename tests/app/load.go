package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// load sends requests to other pods until it is told to stop, and counts the answers by what they
// were: a status code, or the text of an error.
type load struct {
	stopped atomic.Bool
	group   sync.WaitGroup

	mutex    sync.Mutex
	Answers  map[string]int `json:"answers"`
	Versions map[string]int `json:"versions"`
	Hosts    map[string]int `json:"hosts"`
}

func newLoad() *load {
	return &load{Answers: map[string]int{}, Versions: map[string]int{}, Hosts: map[string]int{}}
}

// start adds workers, each of which sends one request after another, to a host of another name if
// need be; with fresh, each request has a connection of its own.
func (l *load) start(w http.ResponseWriter, r *http.Request) {
	workers := number(r.FormValue("workers"))
	pause := duration(r.FormValue("pause"))
	request, err := http.NewRequest(http.MethodGet, r.FormValue("url"), http.NoBody)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	request.Host = r.FormValue("host")
	client := &http.Client{
		Timeout: 10 * time.Second,
		Transport: &http.Transport{
			DisableKeepAlives:   r.FormValue("fresh") == "on",
			MaxIdleConnsPerHost: workers,
		},
	}
	for range workers {
		l.group.Go(func() {
			for !l.stopped.Load() {
				l.count(client.Do(request.Clone(context.Background())))
				time.Sleep(pause)
			}
		})
	}
}

// stop lets every request end that has begun, and tells of all.
func (l *load) stop(w http.ResponseWriter, r *http.Request) {
	l.stopped.Store(true)
	l.group.Wait()
	l.tell(w, r)
}

// tell what was answered until now.
func (l *load) tell(w http.ResponseWriter, _ *http.Request) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	_ = json.NewEncoder(w).Encode(l)
}

func (l *load) count(response *http.Response, err error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if err != nil {
		l.Answers[err.Error()]++
		return
	}
	_, _ = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close()
	l.Answers[strconv.Itoa(response.StatusCode)]++
	l.Versions[response.Header.Get("X-Version")]++
	l.Hosts[response.Header.Get("X-Host")]++
}
