package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

// outcome is what came of one request; without an answer the status is 0.
type outcome struct {
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
	Error   string            `json:"error"`
}

// question is a request yet to be sent, and to whom.
type question struct {
	method   string
	url      string
	headers  []string // each as name:value
	count    int
	address  string   // where to connect to, whatever the URL says; empty for what it says
	trusted  string   // a file with certificates, for URLs with https
	messages []string // to be said over a WebSocket
	pause    time.Duration
}

// ask sends requests one after another, and prints what came of them as JSON.
//
//	app ask [-count N] [-method POST] [-header name:value]... [-to ADDRESS] [-trust FILE]
//	        [-say MESSAGE]... [-pause 1s] URL
//
// With messages it opens a WebSocket, see talk.go.
func ask(arguments []string) {
	asked := &question{}
	flags := flag.NewFlagSet("ask", flag.ExitOnError)
	flags.IntVar(&asked.count, "count", 1, "how many times")
	flags.StringVar(&asked.method, "method", http.MethodGet, "GET, POST, ...")
	flags.Func("header", "one as name:value, any number of times", listed(&asked.headers))
	flags.Func("say", "a message over a WebSocket, any number of times", listed(&asked.messages))
	flags.DurationVar(&asked.pause, "pause", 0, "between two messages")
	flags.StringVar(&asked.address, "to", "", "connect to this address, whatever the URL says")
	flags.StringVar(&asked.trusted, "trust", "", "a file with certificates of authorities")
	_ = flags.Parse(arguments)
	asked.url = flags.Arg(0)
	_ = json.NewEncoder(os.Stdout).Encode(asked.outcomes())
}

// listed lets a flag be there any number of times.
func listed(texts *[]string) func(string) error {
	return func(text string) error {
		*texts = append(*texts, text)
		return nil
	}
}

// relay sends requests on behalf of whoever asks for it, from here.
func relay(w http.ResponseWriter, r *http.Request) {
	asked := &question{method: r.FormValue("method"), url: r.FormValue("url")}
	asked.count = max(1, number(r.FormValue("count")))
	asked.headers = r.Form["header"]
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(asked.outcomes())
}

func (q *question) outcomes() []outcome {
	client := q.client()
	defer client.CloseIdleConnections()
	found := []outcome{}
	for range q.count {
		found = append(found, q.send(client))
	}
	return found
}

// client follows no redirection: that is an answer like any other.
func (q *question) client() *http.Client {
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: authorities(q.trusted)}}
	if q.address != "" {
		transport.DialContext = func(ctx context.Context, network, to string) (net.Conn, error) {
			_, port, _ := net.SplitHostPort(to)
			return (&net.Dialer{}).DialContext(ctx, network, net.JoinHostPort(q.address, port))
		}
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &http.Client{Timeout: 8 * time.Second, Transport: transport, CheckRedirect: stay}
}

func (q *question) send(client *http.Client) outcome {
	if q.messages != nil {
		return q.talk(client)
	}
	request, err := q.request()
	if err != nil {
		return outcomeOf(nil, err)
	}
	return outcomeOf(client.Do(request))
}

func (q *question) request() (*http.Request, error) {
	request, err := http.NewRequest(q.method, q.url, nil)
	if err != nil {
		return nil, err
	}
	for _, header := range q.headers {
		name, value, _ := strings.Cut(header, ":")
		request.Header.Add(name, strings.TrimSpace(value))
	}
	if host := request.Header.Get("Host"); host != "" {
		request.Host = host
	}
	return request, nil
}

func outcomeOf(response *http.Response, err error) outcome {
	if err != nil {
		return outcome{Headers: map[string]string{}, Error: err.Error()}
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	result := outcome{response.StatusCode, headersOf(response.Header), string(body), ""}
	if err != nil {
		result.Error = err.Error()
	}
	return result
}

func headersOf(header http.Header) map[string]string {
	headers := map[string]string{}
	for name := range header {
		headers[strings.ToLower(name)] = header.Get(name)
	}
	return headers
}

func authorities(file string) *x509.CertPool {
	if file == "" {
		return nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(text)
	return pool
}
