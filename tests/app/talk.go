package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
)

const patience = 30 * time.Second // for all messages together

// talk opens a WebSocket and says one message after another, each when the one before has been
// answered; the body of what comes of it has a line for each answer.
func (q *question) talk(client *http.Client) outcome {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	key := base64.StdEncoding.EncodeToString(random(16))
	response, err := q.upgrade(ctx, client, key)
	if err != nil || response.StatusCode != http.StatusSwitchingProtocols {
		return outcomeOf(response, err)
	}
	stream := response.Body.(io.ReadWriteCloser)
	context.AfterFunc(ctx, func() { _ = stream.Close() })
	result := outcome{Status: response.StatusCode, Headers: headersOf(response.Header)}
	if response.Header.Get("Sec-Websocket-Accept") != proof(key) {
		result.Error = "whoever has answered has not understood"
		return result
	}
	lines, err := q.converse(stream)
	result.Body = strings.Join(lines, "\n")
	if err != nil {
		result.Error = err.Error()
	}
	return result
}

// upgrade asks for a WebSocket, without the timeout of the client: nobody could write beside it.
func (q *question) upgrade(
	ctx context.Context, client *http.Client, key string,
) (*http.Response, error) {
	request, err := q.request()
	if err != nil {
		return nil, err
	}
	request.Header.Set("Connection", "Upgrade")
	request.Header.Set("Upgrade", "websocket")
	request.Header.Set("Sec-WebSocket-Version", "13")
	request.Header.Set("Sec-WebSocket-Key", key)
	return client.Transport.RoundTrip(request.WithContext(ctx))
}

func (q *question) converse(stream io.ReadWriter) (lines []string, err error) {
	for turn, message := range q.messages {
		if turn > 0 {
			time.Sleep(q.pause)
		}
		if err := say(stream, message, random(4)); err != nil {
			return lines, err
		}
		line, err := heard(stream)
		if err != nil {
			return lines, errors.Join(errors.New("no answer to "+message), err)
		}
		lines = append(lines, line)
	}
	return lines, nil
}

func random(length int) []byte {
	bytes := make([]byte, length)
	_, _ = rand.Read(bytes)
	return bytes
}
