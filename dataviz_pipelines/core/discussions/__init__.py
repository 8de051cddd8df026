"""F81: what people say about things, and what the platform tells them."""
