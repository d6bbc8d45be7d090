"""What came from a student: read without believing it, and made harmless for whoever looks at it."""
