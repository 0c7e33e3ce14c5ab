package main

import (
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
)

// What is needed of WebSocket (RFC 6455): short texts, each whole in one frame.
const (
	whole   = 0x81 // how a frame with a whole text begins
	masked  = 0x80
	longest = 125
	accept  = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
)

// echo says again every message that comes over a WebSocket, until whoever speaks has gone.
func (a *app) echo(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Upgrade") != "websocket" {
		http.Error(w, "only over a WebSocket", http.StatusUpgradeRequired)
		return
	}
	connection, stream, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer connection.Close()
	fmt.Fprint(connection, "HTTP/1.1 101 Switching Protocols\r\n",
		"Connection: Upgrade\r\nUpgrade: websocket\r\n",
		"Sec-WebSocket-Accept: ", proof(r.Header.Get("Sec-Websocket-Key")), "\r\n",
		"X-Version: ", os.Getenv("VERSION"), "\r\nX-Host: ", a.host, "\r\n\r\n")
	for {
		text, err := heard(stream)
		if err != nil || say(connection, text, nil) != nil {
			return
		}
	}
}

// proof that whoever answers knows the key of whoever asks.
func proof(key string) string {
	sum := sha1.Sum([]byte(key + accept))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// say a text; whoever asks must mask it with four bytes, and whoever answers must not.
func say(to io.Writer, text string, mask []byte) error {
	if len(text) > longest {
		return errors.New("too long for a frame of the test application")
	}
	frame := []byte{whole, byte(len(text))}
	if mask != nil {
		frame[1] |= masked
	}
	frame = append(frame, mask...)
	_, err := to.Write(append(frame, unmasked([]byte(text), mask)...))
	return err
}

// heard is the next text; there is none after a frame of any other kind.
func heard(from io.Reader) (string, error) {
	head := make([]byte, 2)
	if _, err := io.ReadFull(from, head); err != nil {
		return "", err
	}
	length := int(head[1] &^ masked)
	if head[0] != whole || length > longest {
		return "", io.EOF
	}
	mask := make([]byte, int(head[1]&masked)/masked*4)
	text := make([]byte, length)
	for _, part := range [][]byte{mask, text} {
		if _, err := io.ReadFull(from, part); err != nil {
			return "", err
		}
	}
	return string(unmasked(text, mask)), nil
}

// unmasked turns one into the other; without a mask nothing changes.
func unmasked(text, mask []byte) []byte {
	if len(mask) > 0 {
		for i := range text {
			text[i] ^= mask[i%len(mask)]
		}
	}
	return text
}
