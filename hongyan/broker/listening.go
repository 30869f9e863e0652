package main

import (
	"net"
	"sync"
	"time"
)

// steadyListener keeps its port over the rounds of a cluster, which closes its listener at each
// end: clients that come in between wait instead of being refused, and nobody else gets the port.
type steadyListener struct {
	*net.TCPListener
}

func listen(address string) (*steadyListener, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	return &steadyListener{listener.(*net.TCPListener)}, nil
}

// round returns a listener for one cluster's lifetime.
func (l *steadyListener) round() (net.Listener, error) {
	if err := l.SetDeadline(time.Time{}); err != nil {
		return nil, err
	}
	return &roundListener{steadyListener: l}, nil
}

type roundListener struct {
	*steadyListener
	once sync.Once
}

// Close ends this round's Accept, and leaves the port open.
func (r *roundListener) Close() error {
	var err error
	r.once.Do(func() { err = r.SetDeadline(time.Unix(1, 0)) })
	return err
}
