package main

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// kfake can compact and expire by itself, but not for data that matters (read in its source at the
// pinned version): it deletes a partition's files before it writes them anew, so that a kill in
// between loses acknowledged records; it expires the very last record, after which offsets begin
// at 0 again; and it expires compacted topics too. So this file cleans the folder while no cluster
// uses it, one file at a time, each replaced by rename, and never takes a partition's last batch.

const (
	batchHead      = 12 // offset and length, before what the length counts
	checksumEnd    = 21 // where its checksum ends, and what that covers begins
	latestEnd      = 43 // where a batch's latest timestamp ends
	indexEntry     = 15 // bytes a batch has in kfake's .idx file
	transactional  = 0x30
	defaultExpiry  = 7 * 24 * time.Hour // Kafka's retention.ms
	defaultTombs   = 24 * time.Hour     // Kafka's delete.retention.ms
	partitionsName = "partitions"
)

type policy struct {
	compact    bool
	expiry     time.Duration // negative: never
	tombstones time.Duration
}

type batch struct {
	raw    []byte
	parsed kmsg.RecordBatch
}

type segment struct {
	path    string
	batches []batch
	kept    []bool
}

// cleanData compacts and expires every partition in dir by its topic's configs.
func cleanData(dir string, now time.Time) error {
	policies, err := readPolicies(filepath.Join(dir, "topics.json"))
	if err != nil {
		return err
	}
	folders, err := os.ReadDir(filepath.Join(dir, partitionsName))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, folder := range folders {
		name := folder.Name()
		topic, err := url.PathUnescape(name[:max(strings.LastIndexByte(name, '-'), 0)])
		if p, known := policies[topic]; err == nil && known {
			if err := cleanPartition(filepath.Join(dir, partitionsName, name), p, now); err != nil {
				return fmt.Errorf("partition %s: %w", name, err)
			}
		}
	}
	return nil
}

func readPolicies(path string) (map[string]policy, error) {
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	var file struct {
		Topics []struct {
			Name    string            `json:"name"`
			Configs map[string]string `json:"configs"`
		} `json:"topics"`
	}
	if err := json.Unmarshal(content, &file); err != nil {
		return nil, err
	}
	policies := make(map[string]policy, len(file.Topics))
	for _, topic := range file.Topics {
		cleanup := topic.Configs["cleanup.policy"]
		p := policy{
			compact:    strings.Contains(cleanup, "compact"),
			expiry:     milliseconds(topic.Configs["retention.ms"], defaultExpiry),
			tombstones: milliseconds(topic.Configs["delete.retention.ms"], defaultTombs),
		}
		if p.compact && !strings.Contains(cleanup, "delete") {
			p.expiry = -1
		}
		policies[topic.Name] = p
	}
	return policies, nil
}

func milliseconds(text string, otherwise time.Duration) time.Duration {
	// Kafka allows more than a Duration holds; a century is as good as that.
	const century = int64(100*365*24) * int64(time.Hour/time.Millisecond)
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return otherwise
	}
	return time.Duration(min(number, century)) * time.Millisecond
}

func cleanPartition(dir string, p policy, now time.Time) error {
	if !p.compact && !beginsExpired(dir, p.expiry, now) {
		return nil
	}
	segments, err := readSegments(dir)
	if err != nil || len(segments) == 0 {
		return err
	}
	var batches []batch
	for _, s := range segments {
		batches = append(batches, s.batches...)
	}
	kept := choose(batches, p, now)
	if !slices.Contains(kept, false) {
		return nil
	}
	// The snapshot describes the files as they were; without it kfake reads them whole.
	if err := removeIfThere(filepath.Join(dir, "snapshot.json")); err != nil {
		return err
	}
	for _, s := range segments {
		s.kept, kept = kept[:len(s.batches)], kept[len(s.batches):]
		if err := s.rewrite(); err != nil {
			return err
		}
	}
	return nil
}

// beginsExpired looks at a partition's first batch alone, so that a start need not read them all.
func beginsExpired(dir string, expiry time.Duration, now time.Time) bool {
	paths, err := segmentPaths(dir)
	if err != nil || len(paths) == 0 || expiry < 0 {
		return false
	}
	file, err := os.Open(paths[0])
	if err != nil {
		return false
	}
	defer file.Close()
	head := make([]byte, latestEnd)
	if _, err := io.ReadFull(file, head); err != nil {
		return false
	}
	latest := time.UnixMilli(int64(binary.BigEndian.Uint64(head[latestEnd-8:])))
	return now.Sub(latest) >= expiry
}

func segmentPaths(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	var paths []string
	for _, entry := range entries {
		if strings.HasSuffix(entry.Name(), ".dat") {
			paths = append(paths, filepath.Join(dir, entry.Name()))
		}
	}
	slices.SortFunc(paths, func(a, b string) int { return cmp.Compare(base(a), base(b)) })
	return paths, err
}

// readSegments reads a partition in order. It returns nothing where it holds transactions or bytes
// that are no batch: those are left alone.
func readSegments(dir string) ([]*segment, error) {
	paths, err := segmentPaths(dir)
	if err != nil {
		return nil, err
	}
	segments := make([]*segment, 0, len(paths))
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		batches, whole := parseBatches(raw)
		if !whole {
			return nil, nil
		}
		segments = append(segments, &segment{path: path, batches: batches})
	}
	return segments, nil
}

func base(path string) int64 {
	number, _ := strconv.ParseInt(strings.TrimSuffix(filepath.Base(path), ".dat"), 10, 64)
	return number
}

func parseBatches(raw []byte) (batches []batch, whole bool) {
	for len(raw) > 0 {
		if len(raw) < batchHead {
			return nil, false
		}
		size := batchHead + int(binary.BigEndian.Uint32(raw[8:batchHead]))
		if size > len(raw) {
			return nil, false
		}
		b := batch{raw: raw[:size]}
		if b.parsed.ReadFrom(b.raw) != nil || !sound(b) || b.parsed.Attributes&transactional != 0 {
			return nil, false
		}
		batches, raw = append(batches, b), raw[size:]
	}
	return batches, true
}

// sound reports whether a batch's checksum holds: kfake cuts a partition off at one that does not.
func sound(b batch) bool {
	return uint32(b.parsed.CRC) == crc32.Checksum(b.raw[checksumEnd:], crc32.MakeTable(crc32.Castagnoli))
}

// choose says which batches stay. A batch goes whole or not at all, and the last one stays: it
// holds the partition's end.
func choose(batches []batch, p policy, now time.Time) []bool {
	kept := make([]bool, len(batches))
	for i := range kept {
		kept[i] = true
	}
	for i := 0; i < len(batches)-1 && p.expiry >= 0; i++ {
		if now.Sub(time.UnixMilli(batches[i].parsed.MaxTimestamp)) < p.expiry {
			break
		}
		kept[i] = false
	}
	if !p.compact {
		return kept
	}
	records, latest := decode(batches)
	for i := range max(len(batches)-1, 0) {
		kept[i] = kept[i] && slices.ContainsFunc(records[i], func(r kmsg.Record) bool {
			at := batches[i].parsed.FirstOffset + int64(r.OffsetDelta)
			written := time.UnixMilli(batches[i].parsed.FirstTimestamp + r.TimestampDelta64)
			spent := r.Value == nil && now.Sub(written) >= p.tombstones
			return r.Key == nil || (latest[string(r.Key)] == at && !spent)
		})
		// What cannot be read is not ours to drop.
		kept[i] = kept[i] || records[i] == nil
	}
	return kept
}

// decode returns each batch's records, nil for one that cannot be read, and each key's last offset.
func decode(batches []batch) ([][]kmsg.Record, map[string]int64) {
	records := make([][]kmsg.Record, len(batches))
	latest := make(map[string]int64)
	for i, b := range batches {
		found, err := kfake.BatchRecords(b.parsed)
		if err != nil {
			continue
		}
		records[i] = found
		for _, r := range found {
			if r.Key == nil {
				continue
			}
			latest[string(r.Key)] = b.parsed.FirstOffset + int64(r.OffsetDelta)
		}
	}
	return records, latest
}

// rewrite replaces a segment by what is kept of it. A kill at any point leaves the old batches or
// the new ones; kfake makes a missing index anew.
func (s *segment) rewrite() error {
	if !slices.Contains(s.kept, false) {
		return nil
	}
	indexPath := strings.TrimSuffix(s.path, ".dat") + ".idx"
	oldIndex, err := os.ReadFile(indexPath)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := removeIfThere(indexPath); err != nil {
		return err
	}
	var data, index []byte
	for i, b := range s.batches {
		if !s.kept[i] {
			continue
		}
		data = append(data, b.raw...)
		if end := (i + 1) * indexEntry; end <= len(oldIndex) {
			index = append(index, oldIndex[end-indexEntry:end]...)
		}
	}
	if len(data) == 0 {
		return os.Remove(s.path)
	}
	if err := replace(s.path, data); err != nil {
		return err
	}
	return replace(indexPath, index)
}

func replace(path string, content []byte) error {
	scratch, err := os.CreateTemp(filepath.Dir(path), "*.tmp")
	if err != nil {
		return err
	}
	defer os.Remove(scratch.Name())
	_, err = scratch.Write(content)
	err = errors.Join(err, scratch.Sync(), scratch.Close())
	if err != nil {
		return err
	}
	return os.Rename(scratch.Name(), path)
}

func removeIfThere(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
