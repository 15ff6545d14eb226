"""What messages mean: decoders of the formats and application protocols that travel over WebSockets."""
