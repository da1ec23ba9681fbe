"""What is measured, and against what. By hand (`make bench`), never as a test: a loaded machine would fail it."""
