package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

func TestASecondBrokerOnTheSameDataIsRefused(t *testing.T) {
	dir := t.TempDir()
	lock, err := lockData(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()

	var f *failure
	if _, err := lockData(dir); !errors.As(err, &f) || f.code != exitDataInUse {
		t.Fatalf("want exit code %d, got %v", exitDataInUse, err)
	}
}

func TestItSaysReadyOnceAndStopsWithItsParent(t *testing.T) {
	s := settings{data: t.TempDir(), listen: "127.0.0.1:0", cleanEvery: 20 * time.Millisecond}
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	var out bytes.Buffer
	if err := run(ctx, s, &out); err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(out.String(), "ready 127.0.0.1:"); lines != 1 {
		t.Fatalf("want one ready line, got %q", out.String())
	}
	ended := endWith(context.Background(), strings.NewReader(""))
	select {
	case <-ended.Done():
	case <-time.After(5 * time.Second):
		t.Fatal("the end of the pipe was not noticed")
	}
}

var noon = time.UnixMilli(1_780_000_000_000)

// written makes a batch of one record, age before noon. A nil value is a tombstone.
func written(offset int64, key, value string, age time.Duration) batch {
	record := kmsg.Record{Key: []byte(key)}
	if value != "" {
		record.Value = []byte(value)
	}
	record.Length = int32(len(record.AppendTo(nil)) - 1)
	at := noon.Add(-age).UnixMilli()
	return batch{parsed: kmsg.RecordBatch{
		FirstOffset: offset, FirstTimestamp: at, MaxTimestamp: at,
		Magic: 2, NumRecords: 1, Records: record.AppendTo(nil),
	}}
}

func TestWhatIsChosenToStay(t *testing.T) {
	const day = 24 * time.Hour
	log := []batch{
		written(0, "a", "1", 9*day), written(1, "b", "1", 8*day), written(2, "a", "2", 3*day),
		written(3, "c", "", 2*day), written(4, "d", "1", time.Hour), written(5, "d", "", 9*day),
	}
	for name, c := range map[string]struct {
		policy policy
		want   string
	}{
		"all without a limit":               {policy{expiry: -1}, "111111"},
		"what is young":                     {policy{expiry: 5 * day}, "001111"},
		"the last, however old":             {policy{expiry: 0}, "000001"},
		"each key's last, no old tombs":     {policy{compact: true, expiry: -1, tombstones: day}, "011001"},
		"tombs as long as they may":         {policy{compact: true, expiry: -1, tombstones: 5 * day}, "011101"},
		"each key's last while it is young": {policy{compact: true, expiry: 5 * day, tombstones: day}, "001001"},
	} {
		got := ""
		for _, kept := range choose(log, c.policy, noon) {
			got += map[bool]string{true: "1", false: "0"}[kept]
		}
		if got != c.want {
			t.Errorf("%s: want %s, got %s", name, c.want, got)
		}
	}
}

func TestBytesThatAreNoBatchAreLeftAlone(t *testing.T) {
	dir := t.TempDir()
	torn := []byte("torn")
	if err := os.WriteFile(filepath.Join(dir, "0.dat"), torn, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := cleanPartition(dir, policy{expiry: 0}, noon); err != nil {
		t.Fatal(err)
	}
	if kept, _ := os.ReadFile(filepath.Join(dir, "0.dat")); !bytes.Equal(kept, torn) {
		t.Fatalf("changed to %q", kept)
	}
}
