"""To and from Moodle and Canvas: downloads to hand-ins, lists to the roster, marks into the platform's own files."""
