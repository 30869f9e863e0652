"""Reminds people: natural Chinese and English times, repetitions, a list."""
