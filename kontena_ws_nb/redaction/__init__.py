"""Makes text safe to show: masks secrets in payloads, headers, URLs and subprotocols, and escapes control characters."""
