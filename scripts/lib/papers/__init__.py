"""The experiments of the systems in models/, a module each."""
