"""What a finger makes happen, one module for each part of WeChat."""
