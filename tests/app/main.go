// App is the program that pods of the test bed run: a server that does what a test asks of it.
//
//	app            serve on $PORT (8080) until told to end
//	app ask ...    send requests and print what came of them, see ask.go
//	app exit CODE  end at once, as a job does
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

func main() {
	if len(os.Args) < 2 {
		serve()
		return
	}
	switch os.Args[1] {
	case "ask":
		ask(os.Args[2:])
	case "exit":
		os.Exit(number(os.Args[2]))
	default:
		fmt.Fprintln(os.Stderr, "unknown command", os.Args[1])
		os.Exit(2)
	}
}

// serve starts after $SLOW_START, takes $HOARD mebibytes of memory, and at SIGTERM finishes what it has begun.
func serve() {
	time.Sleep(duration(os.Getenv("SLOW_START")))
	handler := newApp().handler()
	go listenForTests(handler)
	server := &http.Server{Addr: ":" + port(), Handler: handler}
	ended := make(chan struct{})
	go func() {
		signals := make(chan os.Signal, 1)
		signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
		fmt.Println("ending at", <-signals)
		_ = server.Shutdown(context.Background())
		close(ended)
	}()
	fmt.Println("serving version", os.Getenv("VERSION"), "on", server.Addr)
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	<-ended
}

// listenForTests answers at a port that a service mesh leaves alone, so that tests reach a pod
// that nobody else may call; of several containers in a pod the first one has it.
func listenForTests(handler http.Handler) {
	fmt.Println(http.ListenAndServe(":9999", handler))
}

func port() string {
	if port := os.Getenv("PORT"); port != "" {
		return port
	}
	return "8080"
}

// duration of a text such as 1.5s; nothing lasts no time.
func duration(text string) time.Duration {
	length, _ := time.ParseDuration(text)
	return length
}

// number that a text says; nothing is 0.
func number(text string) int {
	value, _ := strconv.Atoi(text)
	return value
}
