"""The page at `/`, where a person looks at a phone, touches it and writes as its friends."""
