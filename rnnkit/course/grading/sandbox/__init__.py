"""Where students' code runs: namespaces, control groups, and the kernel that Jupyter starts in them."""
