"""Door: the clock. It starts other processes and short deeds; it never trains by itself."""
