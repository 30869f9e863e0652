package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// lockData makes the data folder if it is missing and holds it for this process alone. The lock
// ends with the process, however it ends.
func lockData(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, &failure{exitUnwritable, fmt.Errorf("cannot make the data folder: %w", err)}
	}
	file, err := os.OpenFile(filepath.Join(dir, "broker.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, &failure{exitUnwritable, fmt.Errorf("cannot write to the data folder: %w", err)}
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		file.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, &failure{exitDataInUse, fmt.Errorf("another broker is running on %s", dir)}
		}
		return nil, &failure{exitUnwritable, fmt.Errorf("cannot lock the data folder: %w", err)}
	}
	return file, nil
}

// forgetSequences removes the producer sequences of the last clean stop, once they are loaded.
// kfake writes them at a clean stop alone but would load them after a later crash too, and then
// refuse every producer that went on since (OUT_OF_ORDER_SEQUENCE_NUMBER). Without the file it
// takes a known producer's next batch whatever its sequence.
func forgetSequences(dir string) error {
	err := os.Remove(filepath.Join(dir, "seq_windows.json"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}
