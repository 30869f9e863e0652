"""Layout profiles: which resource id each part of WeChat's screens carries, by version."""
