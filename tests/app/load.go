package main

import (
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"
)

// tally counts answers by what they were: a status code, or the text of an error.
type tally struct {
	mutex    sync.Mutex
	Answers  map[string]int `json:"answers"`
	Versions map[string]int `json:"versions"`
	Hosts    map[string]int `json:"hosts"`
}

// load sends requests one after another from each worker, and prints what came back as JSON.
//
//	app load -for 10s -workers 4 [-count N] [-pause 10ms] [-fresh] URL
func load(arguments []string) {
	flags := flag.NewFlagSet("load", flag.ExitOnError)
	length := flags.Duration("for", 10*time.Second, "how long")
	count := flags.Int("count", 1_000_000, "how many requests of each worker, at most")
	workers := flags.Int("workers", 1, "how many at once")
	pause := flags.Duration("pause", 0, "how long each worker waits between two")
	fresh := flags.Bool("fresh", false, "whether each request has a connection of its own")
	_ = flags.Parse(arguments)

	result := &tally{Answers: map[string]int{}, Versions: map[string]int{}, Hosts: map[string]int{}}
	client := &http.Client{
		Timeout:   10 * time.Second,
		Transport: &http.Transport{DisableKeepAlives: *fresh, MaxIdleConnsPerHost: *workers},
	}
	end := time.Now().Add(*length)
	var group sync.WaitGroup
	for range *workers {
		group.Go(func() {
			for sent := 0; sent < *count && time.Now().Before(end); sent++ {
				result.count(client.Get(flags.Arg(0)))
				time.Sleep(*pause)
			}
		})
	}
	group.Wait()
	_ = json.NewEncoder(os.Stdout).Encode(result)
}

func (t *tally) count(response *http.Response, err error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if err != nil {
		t.Answers[err.Error()]++
		return
	}
	_, _ = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close()
	t.Answers[strconv.Itoa(response.StatusCode)]++
	t.Versions[response.Header.Get("X-Version")]++
	t.Hosts[response.Header.Get("X-Host")]++
}
