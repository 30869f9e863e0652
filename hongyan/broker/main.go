// Command broker is Hongyan's one-machine Kafka broker: franz-go's kfake with a data directory.
//
// It serves one node, keeps topics, records, offsets and configs in the data directory, and is
// meant for one machine only: there is no replication and no authentication.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
)

// Exit codes; hongyan/embedded_broker.py turns them into errors a person can act on.
const (
	exitFailed      = 1
	exitUsage       = 2
	exitPortTaken   = 3
	exitUnwritable  = 4
	exitDataInUse   = 5
	exitDataCorrupt = 6
)

type settings struct {
	data       string
	listen     string
	sync       bool
	parentPipe bool
	cleanEvery time.Duration
}

// failure is an error with the exit code that says what a person has to change.
type failure struct {
	code  int
	cause error
}

func (f *failure) Error() string { return f.cause.Error() }
func (f *failure) Unwrap() error { return f.cause }

func main() {
	s, err := parse(os.Args[1:])
	if err == nil {
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
		defer stop()
		if s.parentPipe {
			ctx = endWith(ctx, os.Stdin)
		}
		err = run(ctx, s, os.Stdout)
	}
	if err == nil {
		return
	}
	fmt.Fprintf(os.Stderr, "broker: %v\n", err)
	code := exitFailed
	if f := (*failure)(nil); errors.As(err, &f) {
		code = f.code
	}
	os.Exit(code)
}

func parse(args []string) (settings, error) {
	var s settings
	flags := flag.NewFlagSet("broker", flag.ContinueOnError)
	flags.StringVar(&s.data, "data", "", "folder that keeps everything (required)")
	flags.StringVar(&s.listen, "listen", "127.0.0.1:9092", "address to listen on and to advertise")
	flags.BoolVar(&s.sync, "sync", false, "fsync every batch before it is acknowledged")
	flags.BoolVar(&s.parentPipe, "parent-pipe", false, "stop when standard input ends")
	flags.DurationVar(&s.cleanEvery, "clean-every", 24*time.Hour, "time between two rounds of compaction and retention; clients reconnect at each")
	if err := flags.Parse(args); err != nil {
		return s, &failure{exitUsage, err}
	}
	if s.data == "" || flags.NArg() > 0 || s.cleanEvery <= 0 {
		return s, &failure{exitUsage, errors.New("usage: broker --data DIR [--listen HOST:PORT] [--sync] [--parent-pipe] [--clean-every 24h]")}
	}
	return s, nil
}

// endWith returns a context that ends with parent, or when pipe reaches its end: a parent that
// was killed closes its end of the pipe, on every system, without being asked.
func endWith(parent context.Context, pipe io.Reader) context.Context {
	ctx, cancel := context.WithCancel(parent)
	go func() {
		defer cancel()
		_, _ = io.Copy(io.Discard, pipe)
	}()
	return ctx
}

// run serves until ctx ends. It prints one line, "ready HOST:PORT", once clients may connect.
//
// It serves in rounds: each cleans the data, then runs a cluster on it until the next is due.
// Clients see a broker that was away for a moment.
func run(ctx context.Context, s settings, out io.Writer) error {
	lock, err := lockData(s.data)
	if err != nil {
		return err
	}
	defer lock.Close()
	listener, err := listen(s.listen)
	if err != nil {
		return &failure{exitPortTaken, fmt.Errorf("cannot listen on %s: %w", s.listen, err)}
	}
	defer listener.Close()
	tellReady := sync.OnceFunc(func() { fmt.Fprintf(out, "ready %s\n", listener.Addr()) })
	for ctx.Err() == nil {
		if err := serveRound(ctx, s, listener, tellReady); err != nil {
			return err
		}
	}
	return nil
}

func serveRound(ctx context.Context, s settings, steady *steadyListener, tellReady func()) error {
	if err := cleanData(s.data, time.Now()); err != nil {
		return &failure{exitDataCorrupt, fmt.Errorf("cannot clean %s: %w", s.data, err)}
	}
	listener, err := steady.round()
	if err != nil {
		return err
	}
	cluster, err := kfake.NewCluster(options(s, listener)...)
	if err != nil {
		return &failure{exitDataCorrupt, fmt.Errorf("cannot start on %s: %w", s.data, err)}
	}
	defer cluster.Close()
	if err := forgetSequences(s.data); err != nil {
		return &failure{exitUnwritable, fmt.Errorf("cannot write to the data folder: %w", err)}
	}
	tellReady()
	debug.FreeOSMemory() // loading takes as much memory as there is data, for a moment
	select {
	case <-ctx.Done():
	case <-time.After(s.cleanEvery):
	}
	return nil
}

func options(s settings, listener net.Listener) []kfake.Opt {
	port := listener.Addr().(*net.TCPAddr).Port
	opts := []kfake.Opt{
		kfake.Ports(port),
		kfake.ListenFn(func(string, string) (net.Listener, error) { return listener, nil }),
		kfake.ClusterID("hongyan"),
		kfake.DefaultNumPartitions(1),
		kfake.DataDir(s.data),
		kfake.WithLogger(kfake.BasicLogger(os.Stderr, kfake.LogLevelWarn)),
		// Kafka refuses sessions under 6 s; a one-machine stack wants a dead member gone sooner.
		kfake.GroupMinSessionTimeout(time.Second),
		kfake.GroupMaxSessionTimeout(30 * time.Minute),
		kfake.BrokerConfigs(map[string]string{
			"default.replication.factor": "1",
			// kfake's own cleaning stays off: see cleaning.go.
			"log.cleaner.backoff.ms": strconv.FormatInt((100 * 365 * 24 * time.Hour).Milliseconds(), 10),
			// Offsets outlive a holiday: a consumer away for long must not start anew.
			"offsets.retention.minutes": strconv.Itoa(365 * 24 * 60),
		}),
	}
	if s.sync {
		opts = append(opts, kfake.SyncWrites())
	}
	return opts
}
