"""Read WeChat's screen from its pixels, where the phone does not show its tree."""
