"""What may be asked: one frozen class per deed, the same for web, API, command line and imports."""
