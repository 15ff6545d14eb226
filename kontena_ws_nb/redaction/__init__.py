"""What is safe to show: text from strangers made printable, secrets masked in payloads, headers, URLs and subprotocols, prompts that do not echo."""
